"""An AMQP client that is not ours and not the SDK's: Apache Qpid Proton. Called by proton.test.ts with a port and a key.

Prints one line of JSON, {"name of a check": what was seen}; what it should be, the test says.
"""
import base64
import hashlib
import hmac
import json
import os
import sys
import time
import urllib.parse
import uuid

from proton import Described, Link, Message, int32, symbol, timestamp, ubyte, ulong
from proton.reactor import Filter, LinkOption
from proton.utils import BlockingConnection, LinkDetached, SendException

PORT, KEY = int(sys.argv[1]), sys.argv[2]
HUB, GROUP = "telemetry", "$Default"
seen = {}


def sas(uri, key, policy="RootManageSharedAccessKey"):
    expiry = str(int(time.time()) + 3600)
    resource = urllib.parse.quote_plus(uri)
    digest = hmac.new(key.encode(), (resource + "\n" + expiry).encode(), hashlib.sha256).digest()
    signature = urllib.parse.quote_plus(base64.b64encode(digest).decode())
    return f"SharedAccessSignature sr={resource}&sig={signature}&se={expiry}&skn={policy}"


class Rpc:
    """Request and reply on one node; the reply-to is the receiver's name."""

    def __init__(self, connection, node):
        self.name = str(uuid.uuid4())
        self.sender = connection.create_sender(node)
        self.receiver = connection.create_receiver(node, name=self.name)

    def call(self, properties, body=None):
        request = Message(body=body, properties=properties, id=str(uuid.uuid4()), reply_to=self.name)
        self.sender.send(request)
        reply = self.receiver.receive(timeout=5)
        self.receiver.accept()
        assert reply.correlation_id == request.id
        return reply


class Selector(Filter):
    def __init__(self, expression):
        name = symbol("apache.org:selector-filter:string")
        super().__init__({name: Described(name, expression)})


class Properties(LinkOption):
    def __init__(self, properties):
        self.properties = properties

    def apply(self, link):
        link.properties = {symbol(name): value for name, value in self.properties.items()}


class Settle(LinkOption):
    def __init__(self, sender, receiver=Link.RCV_FIRST):
        self.sender, self.receiver = sender, receiver

    def apply(self, link):
        link.snd_settle_mode, link.rcv_settle_mode = self.sender, self.receiver


def refusal(work, token=True):
    """The AMQP condition with which the broker refuses; on a connection of its own, as Proton reports it more than once."""
    connection, cbs = connect()
    if token:
        put_token(cbs)
    try:
        work(connection)
        return "nothing"
    except LinkDetached as error:
        return error.condition
    finally:
        connection.close()


def connect(mechanism="ANONYMOUS"):
    user = {"user": "anyone", "password": "anything"} if mechanism == "PLAIN" else {}
    connection = BlockingConnection(
        f"amqp://127.0.0.1:{PORT}", allowed_mechs=mechanism, allow_insecure_mechs=True, timeout=5, **user
    )
    return connection, Rpc(connection, "$cbs")


def put_token(cbs, path=HUB, key=KEY, resource=None):
    audience = f"sb://localhost/{path}"
    asked = {"operation": "put-token", "type": "servicebus.windows.net:sastoken", "name": audience}
    answer = cbs.call(asked, sas(resource or audience, key)).properties
    return [answer["status-code"], answer.get("error-condition")]


def source(partition, group=GROUP, hub=HUB):
    return f"{hub}/ConsumerGroups/{group}/Partitions/{partition}"


def receiver(connection, partition, position="amqp.annotation.x-opt-offset > '-1'", credit=10, options=()):
    name = str(uuid.uuid4())
    return connection.create_receiver(source(partition), credit=credit, name=name, options=[Selector(position), *options])


def take(receiver, count):
    messages = []
    for _ in range(count):
        messages.append(receiver.receive(timeout=5))
        if receiver.fetcher.unsettled:
            receiver.accept()
    return messages


def touch(sender):
    """Sends, so that a detach which follows the attach is seen."""
    sender.send(Message(body="touch"), timeout=2)


def rejection(work):
    """The outcome that a message gets when it is not accepted."""
    try:
        work()
        return "accepted"
    except SendException as error:
        return str(error.state)


def numbers(messages):
    return [message.annotations["x-opt-sequence-number"] for message in messages]


connection, cbs = connect()

# Before any token.
seen["send without a token"] = refusal(lambda own: touch(own.create_sender(HUB)), token=False)
seen["read without a token"] = refusal(lambda own: receiver(own, 0).receive(timeout=2), token=False)
management = Rpc(connection, "$management")
ask = {"operation": "READ", "name": HUB, "type": "com.microsoft:eventhub"}
seen["ask without a token"] = management.call(ask).properties["status-code"]
seen["wrong key"] = put_token(cbs, key="wrong")
seen["foreign token"] = put_token(cbs, resource="sb://localhost/other")
seen["token"] = put_token(cbs)

# Management.
hub = management.call(ask).body
seen["hub"] = [hub["name"], list(map(str, hub["partition_ids"])), hub["partition_count"]]
about = {**ask, "type": "com.microsoft:partition", "partition": "1"}
empty = management.call(about).body
seen["empty partition"] = [empty["is_partition_empty"], empty["last_enqueued_sequence_number"], empty["last_enqueued_offset"]]
seen["ask for no such partition"] = management.call({**about, "partition": "99"}).properties["status-code"]
seen["ask for no such hub"] = management.call({**ask, "name": "nowhere"}).properties["status-code"]
for name, other in (("operation", {"operation": "WRITE"}), ("type", {"type": "com.microsoft:topic"})):
    seen[f"ask for no such {name}"] = management.call({**about, **other}).properties["status-code"]

# Bodies and types.
sender = connection.create_sender(f"{HUB}/Partitions/1")
properties = {"string": "v", "int": int32(-5), "ulong": ulong(7), "ubyte": ubyte(200), "true": True, "float": 2.5,
              "when": timestamp(1767225600000), "id": uuid.UUID(int=5), "bytes": b"\x00\x01", "null": None, "symbol": symbol("s")}
sender.send(Message(body=b'{"n":0}', inferred=True, content_type="application/json", properties=properties,
                    annotations={symbol("x-opt-sequence-number"): 99, symbol("mine"): "kept"}, durable=True, priority=7))
sender.send(Message(body={"map": ["of", 1]}))
sender.send(Message(body=["a", "sequence"], inferred=True))
sender.send(Message(body="text"))
sender.send(Message(body=None))
first = receiver(connection, 1)
messages = take(first, 5)
seen["numbers"] = numbers(messages)
seen["bodies"] = [bytes(messages[0].body).decode(), messages[1].body, messages[2].body, messages[3].body, messages[4].body]
seen["properties"] = {name: str(value) for name, value in messages[0].properties.items()}
seen["annotations"] = [messages[0].annotations["mine"], messages[0].annotations["x-opt-enqueued-time"] > 0,
                       messages[0].durable, messages[0].priority]
first.close()

# Positions.
offset = messages[2].annotations["x-opt-offset"]
for name, position, count in (
    ("after an offset", f"amqp.annotation.x-opt-offset > '{offset}'", 2),
    ("from a number", "amqp.annotation.x-opt-sequence-number >= '3'", 2),
    ("after a number", "amqp.annotation.x-opt-sequence-number > '3'", 1),
    ("after a time", "amqp.annotation.x-opt-enqueued-time > '1000'", 5),
):
    reader = receiver(connection, 1, position)
    seen[name] = numbers(take(reader, count))
    reader.close()
seen["behind the end"] = refusal(lambda own: receiver(own, 1, "amqp.annotation.x-opt-offset > '99999'").receive(timeout=2))
seen["no position"] = refusal(lambda own: receiver(own, 1, "n = 5").receive(timeout=2))

# Addresses.
for name, address in (("group", source(0, "nobody")), ("partition", source(99)), ("hub", source(0, hub="nowhere"))):
    seen[f"no such {name}"] = refusal(lambda own: own.create_receiver(address).receive(timeout=2))

# Who settles. Unsettled on request, with more than fits into one window.
batch = connection.create_sender(f"{HUB}/Partitions/2")
for n in range(60):
    batch.send(Message(body=f"{n}".encode(), inferred=True))
for name, mode in (
    ("unsettled", Settle(Link.SND_UNSETTLED)),
    ("settled", Settle(Link.SND_SETTLED)),
    ("mixed", Settle(Link.SND_MIXED)),
    ("settled by both", Settle(Link.SND_UNSETTLED, Link.RCV_SECOND)),
):
    reader = receiver(connection, 2, credit=7, options=[mode])
    seen[name] = [reader.link.remote_snd_settle_mode == mode.sender, numbers(take(reader, 60)) == list(range(60))]
    reader.close()

# Two readers on one session get theirs, although both wait for the same window.
pair = [receiver(connection, 2, credit=60, options=[Settle(Link.SND_UNSETTLED)]) for _ in range(2)]
seen["two on one session"] = [numbers(take(reader, 60)) == list(range(60)) for reader in pair]
for reader in pair:
    reader.close()

# Each has credit for one event and says nothing more; then the event comes.
both = Settle(Link.SND_UNSETTLED, Link.RCV_SECOND)
pair = [receiver(connection, 2, "amqp.annotation.x-opt-offset > '@latest'", credit=1, options=[both]) for _ in range(2)]
batch.send(Message(body=b"late", inferred=True))
seen["one credit each"] = [numbers(take(reader, 1)) for reader in pair]
for reader in pair:
    reader.close()

# Unused credit goes back.
reader = receiver(connection, 2, "amqp.annotation.x-opt-sequence-number > '58'", credit=0)
reader.link.drain(50)
connection.wait(lambda: reader.link.credit == 0, timeout=5)
seen["drained"] = [reader.fetcher.has_message, reader.link.credit]
reader.close()

# Epochs.
def lose(own):
    """Reads with an epoch; another reader comes with the same one."""
    owner = receiver(own, 0, options=[Properties({"com.microsoft:epoch": 5})])
    receiver(connection, 0, options=[Properties({"com.microsoft:epoch": 5})])
    owner.receive(timeout=2)


seen["stolen"] = refusal(lose)
seen["lower epoch"] = refusal(lambda own: receiver(own, 0, options=[Properties({"com.microsoft:epoch": 4})]).receive(timeout=2))
seen["no epoch"] = refusal(lambda own: receiver(own, 0).receive(timeout=2))

# Sizes: many frames in, many frames out; too large; rubbish.
large = "y" * 700000
sender.send(Message(body=large))
reader = receiver(connection, 1, "amqp.annotation.x-opt-sequence-number > '4'")
seen["large"] = take(reader, 1)[0].body == large
reader.close()
seen["too large"] = rejection(lambda: sender.send(Message(body="z" * 1100000)))

connection.close()

# Many links, and the other way to log in.
connection, cbs = connect("PLAIN")
seen["plain"] = put_token(cbs)
senders = [connection.create_sender(f"{HUB}/Partitions/{n % 4}", name=str(uuid.uuid4())) for n in range(120)]
for one in senders:
    one.send(Message(body=b"m", inferred=True))
seen["many links"] = len(senders)
connection.close()

print(json.dumps(seen), flush=True)
# Proton warns about its own objects when the interpreter ends.
os._exit(0)
