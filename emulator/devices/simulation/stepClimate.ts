/** Weather, rooms, and the air handlers that heat and cool them. Called by `stepPlant`. */
import { clamp, lag, type Random, wave } from "../physics/math.ts";
import { stepOccupancy, stepRoom } from "../physics/room.ts";
import { AIR_HANDLERS, HALL, plantNumber, ROOMS, servedBy } from "./layout.ts";
import { type AirHandlerState, at, mapOf, type PlantState, type Setpoints, sum, type Weather } from "./plantState.ts";

/** Days are an hour long here, tides half of that: a demo should show them. */
export function weatherAt(time: number): Weather {
  return {
    temperature: 12 + 4 * wave(time, 3600, 0) + 0.3 * wave(time, 47, 2),
    humidity: 74 - 12 * wave(time, 3600, 0) + wave(time, 61, 3),
    windSpeed: Math.max(0, 5.5 + 3 * wave(time, 700, 1) + 1.6 * wave(time, 13, 5)),
    tide: 1.9 * wave(time, 1800, 2.5),
    daylight: clamp(0.5 + 0.6 * wave(time, 3600, 0.4), 0, 1),
  };
}

export function stepRooms(state: PlantState, setpoints: Setpoints, random: Random, dt: number): PlantState["rooms"] {
  const pumpHeat = 0.0002 * sum([...state.pumps].filter(([id]) => id.startsWith("pump-1")).map(([, it]) => it.power));
  return mapOf([HALL, ...ROOMS], (id, i) => {
    const room = at(state.rooms, id);
    const seats = id === HALL ? 2 : Math.max(2, Math.round(plantNumber(id, "floorArea") / 9));
    return stepRoom(
      room,
      {
        targetTemperature: setpoints(id, "targetTemperature"),
        outside: state.weather.temperature + 1.5 * wave(state.time, 240, i),
        outsideHumidity: state.weather.humidity,
        people: stepOccupancy(room.people, seats, dt, random),
        daylight: state.weather.daylight * (0.6 + 0.05 * i),
        load: id === HALL ? pumpHeat : 0,
      },
      dt,
    );
  });
}

/** An air handler does what its rooms need on the whole. */
export function stepAirHandlers(state: PlantState, dt: number): PlantState["airHandlers"] {
  return mapOf(AIR_HANDLERS, (id) => {
    const rooms = servedBy(id).flatMap((it) => state.rooms.get(it) ?? []);
    const heat = sum(rooms.map((it) => it.heat)) / Math.max(rooms.length, 1);
    return stepAirHandler(at(state.airHandlers, id), heat, dt);
  });
}

/** `heat` in °C/s as in the room's state; at most 0.025. */
function stepAirHandler(air: AirHandlerState, heat: number, dt: number): AirHandlerState {
  const load = Math.abs(heat) / 0.025;
  const fanSpeed = lag(air.fanSpeed, 30 + 70 * load, 8, dt);
  return {
    state: heat > 0.002 ? "heating" : heat < -0.002 ? "cooling" : "idle",
    supplyTemperature: lag(air.supplyTemperature, 20 + (heat > 0 ? 800 : 400) * heat, 25, dt),
    fanSpeed,
    power: 4 * (fanSpeed / 100) ** 3 + 9 * load,
  };
}
