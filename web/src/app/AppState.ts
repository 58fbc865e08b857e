/**
 * The page's state outside the room: who is here, what is selected, which mode and view. One instance, made by main.tsx,
 * reached by the components through `useApp`. Everything derived is a computed signal.
 */
import { batch, computed, effect, type ReadonlySignal, type Signal, signal, untracked } from "@preact/signals";
import { AvatarSender } from "../live/AvatarSender.ts";
import { PlacementMover } from "../live/PlacementMover.ts";
import type { World } from "../live/World.ts";
import type { Status } from "../model/status.ts";
import type { TwinModel } from "../model/TwinModel.ts";
import { Account } from "../net/Account.ts";
import { authorize, fetchServerKind } from "../net/api.ts";
import { refusalText } from "../net/requests.ts";
import { type JoinRequest, Session } from "../net/Session.ts";
import type { GizmoMode } from "../scene/Gizmo.ts";
import { type CameraPose, poseText, toPose } from "../scene/pose.ts";
import { S } from "../strings.ts";
import { ModelLoader } from "./ModelLoader.ts";
import { type DeepLink, readLink, recall, remember, writeLink } from "./memory.ts";
import { Placing } from "./Placing.ts";
import { whyNotPatch, whyNotPlace } from "./rights.ts";

const NOTICE_MS = 7000;
const GRAPHICS_AGAIN_MS = 4000;
/** A card that drops the scene again and again is left alone. */
const GRAPHICS_TRIES = 3;

export type Mode = "operate" | "build";
export const VIEWS = ["3d", "walk", "plan"] as const;
export type View = (typeof VIEWS)[number];
export const INSPECTOR_TABS = ["values", "commands", "related"] as const;
export type InspectorTab = (typeof INSPECTOR_TABS)[number];
/** Where the camera is asked to go; a new object each time. */
export interface FocusRequest {
  twinId: string;
}

export class AppState {
  /** First of all: it takes the issuer's answer out of the address. */
  readonly account = new Account({ onToken: (token) => void this.session.renew(token) });
  readonly session: Session = new Session({
    endpoint: location.origin,
    token: () => this.account.fresh(),
    say: (text) => this.say(text),
  });
  readonly selected: Signal<string> = signal("");
  readonly mode: Signal<Mode> = signal<Mode>("operate");
  readonly view: Signal<View> = signal<View>("3d");
  readonly webgl: Signal<boolean> = signal(true);
  readonly search: Signal<string> = signal("");
  readonly filter: Signal<Status | ""> = signal<Status | "">("");
  /** Twins that a query found; undefined while none is shown. */
  readonly found: Signal<ReadonlySet<string> | undefined> = signal(undefined);
  readonly tab: Signal<InspectorTab> = signal<InspectorTab>("values");
  readonly notice: Signal<string> = signal("");
  readonly focus: Signal<FocusRequest | undefined> = signal<FocusRequest | undefined>(undefined);
  /** Phone: the overview is asked for, in the place of the list. */
  readonly overview: Signal<boolean> = signal(false);
  /** Counts the wishes to see everything. */
  readonly fit: Signal<number> = signal(0);
  /** Phone: whether the sheet is drawn up. */
  readonly sheetUp: Signal<boolean> = signal(false);
  /** Ground point in the middle of the view, where new placements go. */
  readonly centre: Signal<{ x: number; z: number }> = signal({ x: 0, z: 0 });
  /** What the handles of the selected thing do while building. */
  readonly handles: Signal<GizmoMode | undefined> = signal<GizmoMode | undefined>(undefined);
  /** What is about to be placed. */
  readonly placing = new Placing({
    world: () => this.world.value,
    centre: () => this.centre.value,
    onPlaced: (twinId) => this.select(twinId),
    onRefused: (text) => this.say(text),
  });
  /** Placements picked to be arranged together. */
  readonly picked: Signal<ReadonlySet<string>> = signal<ReadonlySet<string>>(new Set());
  /** The walk pad: -1 to 1. */
  readonly pad: Signal<{ right: number; ahead: number }> = signal({ right: 0, ahead: 0 });
  /** Pictures that are compared: nothing moves, no texts in the scene. */
  freeze = false;
  /** Where a link led to, until the scene has taken it. */
  startPose: CameraPose | undefined;
  /** Where the camera rests; for the address. */
  readonly pose: Signal<CameraPose | undefined> = signal<CameraPose | undefined>(undefined);
  #graphicsLost = 0;
  /** Until it is known what kind of server this is. */
  readonly #starting = signal(true);
  /** False where the server takes no role from us. */
  readonly #demo = signal(true);
  readonly #models = new ModelLoader({
    named: () => this.world.value?.models.value ?? [],
    say: (text) => this.say(text),
  });
  #noticeTimer = 0;

  readonly world: ReadonlySignal<World | undefined> = computed(() => this.session.world.value);
  readonly mover: ReadonlySignal<PlacementMover | undefined> = computed(() => {
    const world = this.world.value;
    return world && new PlacementMover({ room: world.room, onRefusal: (refusal) => this.say(refusalText(refusal)) });
  });
  readonly sender: ReadonlySignal<AvatarSender | undefined> = computed(() => {
    const world = this.world.value;
    return world && new AvatarSender(world.room);
  });
  /** False while values are frozen: no request would arrive. */
  readonly connected: ReadonlySignal<boolean> = computed(() => this.session.link.value === "live");
  /** Why values cannot be changed now; "" when they can. */
  readonly patchBlock: ReadonlySignal<string> = computed(() => this.#block(whyNotPatch));
  readonly placeBlock: ReadonlySignal<string> = computed(() => this.#block(whyNotPlace));
  /** What the server made of the role that was asked for. */
  readonly role: ReadonlySignal<JoinRequest["role"]> = computed(() => {
    const world = this.world.value;
    const me = world?.players.value.find(({ id }) => id === world.room.sessionId);
    return me?.role ?? this.session.request.value?.role ?? "player";
  });
  readonly building: ReadonlySignal<boolean> = computed(() => this.mode.value === "build");

  get starting(): ReadonlySignal<boolean> {
    return this.#starting;
  }
  get demo(): ReadonlySignal<boolean> {
    return this.#demo;
  }
  get models(): ReadonlySignal<ReadonlyMap<string, TwinModel>> {
    return this.#models.models;
  }

  /** Follows the address, then keeps it up to date. */
  start(): void {
    const link = readLink();
    authorize(() => this.account.token);
    this.selected.value = link.twin;
    this.view.value = VIEWS.find((view) => view === link.view) ?? "3d";
    this.startPose = link.camera && toPose(link.camera);
    this.freeze = link.freeze;
    effect(() => {
      const request = this.session.request.value;
      if (request !== undefined) {
        writeLink({
          space: request.space,
          twin: this.selected.value,
          mode: this.mode.value === "build" ? "build" : "",
          view: this.view.value === "3d" ? "" : this.view.value,
          cam: this.pose.value === undefined ? "" : poseText(this.pose.value),
        });
      }
    });
    effect(() => {
      if (link.mode === "build" && this.world.value !== undefined && this.placeBlock.value === "") {
        this.mode.value = "build";
        link.mode = "";
      }
    });
    effect(() => {
      this.sender.value?.look(this.selected.value);
    });
    effect(() => this.#models.follow());
    effect(() => {
      if (this.session.leaveAt.value !== 0) {
        untracked(() => void this.account.renew());
      }
    });
    void this.#arrive(link);
    window.addEventListener("popstate", () => this.#followLink());
    // Whoever closes the page is gone at once; without this others see him until the server gives up waiting.
    window.addEventListener("pagehide", () => this.session.leave());
  }

  /** Learns what kind of server this is, signs in where this tab can, and goes where the link leads. */
  async #arrive(link: DeepLink): Promise<void> {
    const kind = await fetchServerKind().catch(() => undefined); // no server: the spaces say so
    this.#demo.value = kind?.demo ?? true;
    if (kind?.signIn !== undefined) {
      await this.account.start(kind.signIn);
    }
    const known = recall();
    const signedIn = this.account.signedIn;
    const name = signedIn ? this.account.name.value : link.name || known.name;
    if (link.space !== "" && name !== "" && (signedIn || kind?.signIn === undefined)) {
      void this.join({ space: link.space, name, role: link.role ?? known.role });
    }
    this.#starting.value = false;
    if (signedIn || kind?.signIn === undefined) {
      void this.#models.load([]); // beside the join, not after it
    }
  }

  async signOut(): Promise<void> {
    this.leave();
    await this.account.signOut();
  }

  async join(request: JoinRequest): Promise<void> {
    remember(request);
    // At once: the address of the space that is left keeps the twin that was selected there.
    await batch(() => {
      if (this.session.request.value !== undefined) {
        this.pose.value = undefined;
        this.found.value = undefined;
        this.selected.value = "";
      }
      if (whyNotPlace(request.role) !== "") {
        this.mode.value = "operate";
      }
      return this.session.join(request);
    });
  }

  leave(): void {
    this.placing.cancel();
    this.session.leave();
    this.select("");
    this.mode.value = "operate";
    this.pose.value = undefined;
    this.found.value = undefined;
    writeLink({ space: "", twin: "", mode: "", view: "", cam: "" });
  }

  /** Adds it to what is arranged together, or takes it out. What was selected before is the first of them. */
  pick(placementId: string): void {
    const before = this.world.value?.placements.value.find(({ twinId }) => twinId === this.selected.value);
    const picked = new Set(this.picked.value.size === 0 && before ? [before.id] : this.picked.value);
    if (!picked.delete(placementId)) {
      picked.add(placementId);
    }
    this.picked.value = picked;
  }

  select(twinId: string): void {
    this.picked.value = new Set();
    this.overview.value = false;
    this.selected.value = twinId;
    this.sheetUp.value ||= twinId !== "";
  }

  /** Alarms, people and changes, also where there is room for one thing only. */
  showOverview(): void {
    this.select("");
    this.overview.value = true;
    this.sheetUp.value = true;
  }

  /** Asks the scene to look at the selected twin; says so when it has no place. */
  focusOn(twinId: string): void {
    if (this.world.value?.placements.value.some((placement) => placement.twinId === twinId)) {
      this.focus.value = { twinId };
    } else {
      this.say(S.scene.notPlaced);
    }
  }

  /** The graphics card dropped the scene: the plan stands in, and after a while the scene is tried again. */
  lostGraphics(): void {
    this.webgl.value = false;
    this.say(S.scene.lost);
    if (++this.#graphicsLost <= GRAPHICS_TRIES) {
      window.setTimeout(() => {
        this.webgl.value = true;
      }, GRAPHICS_AGAIN_MS);
    }
  }

  modelOf(twinId: string): TwinModel | undefined {
    const world = this.world.value;
    const twin = world?.twin(twinId);
    return world && twin && this.models.value.get(world.modelId(twin));
  }

  /** Shows a sentence for a while. */
  say(text: string): void {
    window.clearTimeout(this.#noticeTimer);
    this.notice.value = text;
    this.#noticeTimer = window.setTimeout(() => {
      this.notice.value = "";
    }, NOTICE_MS);
  }

  /** Back and forward lead through the spaces that one has been in. */
  #followLink(): void {
    const { space, twin } = readLink();
    const request = this.session.request.value;
    if (request === undefined) {
      return;
    }
    if (space === "") {
      this.leave();
      return;
    }
    if (space !== request.space) {
      void this.join({ ...request, space });
    }
    this.selected.value = twin;
  }

  #block(whyNot: (role: JoinRequest["role"]) => string): string {
    const readOnly = this.#demo.value || this.account.offer.value !== undefined ? "" : S.rights.readOnly;
    return readOnly || whyNot(this.role.value) || (this.connected.value ? "" : S.rights.frozen);
  }
}
