/**
 * Turning and filling of instanced things, in the shader: one attribute per instance (`drive`: speed, phase, fill, axis) and
 * one clock for all, so that a turning thing costs nothing per picture. Used by PlacementLayer.
 */
import { Color, InstancedBufferAttribute, type MeshLambertMaterial } from "three";

/** How an instance is driven by its values. */
export interface Drive {
  /** Radians per second; undefined: nothing turns it. */
  turn: number | undefined;
  /** undefined: that of the shape. */
  axis: "x" | "y" | "z" | undefined;
  /** 0 to 1; undefined: no level. */
  fill: number | undefined;
}

/** Faster than this an eye sees no turning, only a flicker. */
const FASTEST = 4 * Math.PI;
/** The clock starts anew after that many seconds: all speeds are whole turns in it, so that nothing jumps. */
const PERIOD = 600;
const STEP = (2 * Math.PI) / PERIOD;
const AXES = { none: 0, x: 1, y: 2, z: 3 } as const;

export interface DriveUniforms {
  time: { value: number };
  emptyColour: { value: Color };
}

export function newUniforms(): DriveUniforms {
  return { time: { value: 0 }, emptyColour: { value: new Color() } };
}

/** Seconds for the shader's clock. */
export function clockAt(ms: number): number {
  return (ms / 1000) % PERIOD;
}

/** As it is drawn: at most two turns a second, and whole turns in a period. */
export function drawnSpeed(radiansPerSecond: number): number {
  const limited = Math.max(-FASTEST, Math.min(FASTEST, radiansPerSecond));
  return Math.round(limited / STEP) * STEP;
}

export function newDriveAttribute(capacity: number): InstancedBufferAttribute {
  return new InstancedBufferAttribute(new Float32Array(capacity * 4), 4);
}

/** A new speed goes on from the angle at which the old one is `now`. True when something turns. */
export function setDrive(
  attribute: InstancedBufferAttribute,
  slot: number,
  { drive, natural, now, keep }: { drive: Drive | undefined; natural: "x" | "y" | "z"; now: number; keep: boolean },
): boolean {
  const speed = drawnSpeed(drive?.turn ?? 0);
  const before = keep ? attribute.getX(slot) : speed;
  const phase = keep ? attribute.getY(slot) + (before - speed) * now : 0;
  const axis = drive?.turn === undefined ? AXES.none : AXES[drive.axis ?? natural];
  attribute.setXYZW(slot, speed, phase % (2 * Math.PI), drive?.fill ?? -1, axis);
  attribute.needsUpdate = true;
  return speed !== 0;
}

/** Teaches three's own material the attributes `drive`, `level` and `rotor`, and to show one `part` of a shared mesh. */
export function teach(material: MeshLambertMaterial, uniforms: DriveUniforms): void {
  material.onBeforeCompile = (shader) => {
    shader.uniforms["driveTime"] = uniforms.time;
    shader.uniforms["emptyColour"] = uniforms.emptyColour;
    shader.vertexShader = shader.vertexShader
      .replace("#include <common>", `#include <common>\n${VERTEX_HEAD}`)
      .replace("#include <beginnormal_vertex>", `#include <beginnormal_vertex>\n${NORMAL}`)
      .replace("#include <begin_vertex>", `#include <begin_vertex>\n${POSITION}`);
    shader.fragmentShader = shader.fragmentShader
      .replace("#include <common>", `#include <common>\n${FRAGMENT_HEAD}`)
      .replace("#include <color_fragment>", `#include <color_fragment>\n${COLOUR}`);
  };
}

/** Sectors of a rotor go light and dark by turns, so that a round one is seen to turn. */
const VERTEX_HEAD = `
attribute vec4 drive;
attribute float level;
attribute vec4 rotor;
attribute float part;
attribute float shown;
uniform float driveTime;
varying float vLevel;
varying float vFill;
varying vec3 vStripe;
vec3 turned(vec3 v, float angle) {
  float c = cos(angle);
  float s = sin(angle);
  if (drive.w < 1.5) return vec3(v.x, c * v.y - s * v.z, s * v.y + c * v.z);
  if (drive.w < 2.5) return vec3(c * v.x + s * v.z, v.y, c * v.z - s * v.x);
  return vec3(c * v.x - s * v.y, s * v.x + c * v.y, v.z);
}
float driveAngle() { return drive.y + drive.x * driveTime; }
bool isDriven() { return drive.w > 0.5 && rotor.w > 0.5; }`;

const NORMAL = "if (isDriven()) objectNormal = turned(objectNormal, driveAngle());";

const POSITION = `
vLevel = level;
vFill = drive.z;
vStripe = vec3(0.0);
if (isDriven()) {
  vec3 fromRotor = transformed - rotor.xyz;
  vec2 around = drive.w < 1.5 ? fromRotor.yz : drive.w < 2.5 ? fromRotor.zx : fromRotor.xy;
  vStripe = vec3(around, rotor.w < 1.5 ? 1.0 : 0.0);
  transformed = rotor.xyz + turned(fromRotor, driveAngle());
}
if (part != shown) transformed = vec3(0.0);`;

const FRAGMENT_HEAD = `
uniform vec3 emptyColour;
varying float vLevel;
varying float vFill;
varying vec3 vStripe;`;

const COLOUR = `
if (vStripe.z > 0.5) diffuseColor.rgb *= sin(3.0 * atan(vStripe.y, vStripe.x)) > 0.0 ? 1.5 : 0.55;
if (vFill > -0.5 && vLevel > -0.5 && vLevel > vFill) diffuseColor.rgb = mix(emptyColour, diffuseColor.rgb, 0.12);`;
