/**
 * The 3D view: renders on demand, lets a person look around, select and drag. It is told what is where (`show`) and tells
 * what the hand does (callbacks); it knows nothing of rooms. Throws in `start` when there is no WebGL.
 */
import {
  Color,
  DirectionalLight,
  Fog,
  GridHelper,
  HemisphereLight,
  Mesh,
  MeshBasicMaterial,
  PerspectiveCamera,
  Plane,
  PlaneGeometry,
  Raycaster,
  RingGeometry,
  Scene,
  Vector2,
  Vector3,
  WebGLRenderer,
} from "three";
import { OrbitControls } from "three/examples/jsm/controls/OrbitControls.js";
import { frameCamera } from "./frameCamera.ts";
import { LabelLayer } from "./LabelLayer.ts";
import { type Item, PlacementLayer } from "./PlacementLayer.ts";
import { PointerTool } from "./PointerTool.ts";
import { onPalette, palette, reducedMotion } from "./palette.ts";

const ARRANGE_MS = 90;
const FLY_MS = 350;
const GRID_METRES = 120;

/** From above, in front and a little to the right. */
const OVERVIEW = new Vector3(0.24, 0.85, 1).normalize();

/** A thing to show. */
export interface SceneItem extends Item {
  twinId: string;
  title: string;
  value: string;
  /** Higher goes first where labels would overlap. */
  rank: number;
}

export interface SceneCallbacks {
  onSelect: (placementId: string | undefined) => void;
  /** False when this thing may not be dragged now. */
  canDrag: (placementId: string) => boolean;
  onDrag: (placementId: string, to: { x: number; y: number; z: number }) => void;
  onDrop: () => void;
  /** The view came to rest with this ground point in its middle. */
  onCentre: (centre: { x: number; z: number }) => void;
  onLost: () => void;
}

export class SceneView {
  readonly #canvas: HTMLCanvasElement;
  readonly #callbacks: SceneCallbacks;
  readonly #scene = new Scene();
  readonly #camera = new PerspectiveCamera(45, 1, 0.1, 400);
  readonly #layer = new PlacementLayer();
  readonly #raycaster = new Raycaster();
  readonly #ring = newRing(1.28, 1.4);
  readonly #hover = newRing(1.2, 1.28);
  readonly #ground = new Mesh(new PlaneGeometry(400, 400).rotateX(-Math.PI / 2), new MeshBasicMaterial());
  readonly #cleanups: (() => void)[] = [];
  #renderer: WebGLRenderer | undefined;
  #controls: OrbitControls | undefined;
  #labels: LabelLayer | undefined;
  #grid: GridHelper | undefined;
  #items: readonly SceneItem[] = [];
  #selected = "";
  #frame = 0;
  #arrangedAt = 0;
  #framed = false;

  constructor(options: { canvas: HTMLCanvasElement } & SceneCallbacks) {
    this.#canvas = options.canvas;
    this.#callbacks = options;
  }

  start(): void {
    const renderer = new WebGLRenderer({ canvas: this.#canvas, antialias: devicePixelRatio < 2 });
    this.#renderer = renderer;
    renderer.setPixelRatio(Math.min(devicePixelRatio, 2));
    this.#scene.add(this.#ground, this.#layer.group, this.#ring, this.#hover);
    this.#scene.add(new HemisphereLight(0xffffff, 0x39424c, 1.5), sun());
    this.#ground.position.y = -0.01;
    this.#camera.position.set(9, 9, 14);
    this.#controls = this.#newControls();
    this.#newLabels(256);
    this.#paint();
    this.#listen();
  }

  close(): void {
    cancelAnimationFrame(this.#frame);
    for (const cleanup of this.#cleanups) {
      cleanup();
    }
    this.#controls?.dispose();
    this.#labels?.dispose();
    this.#layer.dispose();
    this.#renderer?.dispose();
  }

  /** Shows exactly these. The first time the camera goes to where all of them are in sight. */
  show(items: readonly SceneItem[]): void {
    this.#items = items;
    if (this.#labels !== undefined && items.length > this.#labels.capacity) {
      this.#newLabels(items.length * 2);
    }
    this.#layer.update(items);
    const count = this.#labels?.capacity ?? 0;
    for (let index = 0; index < count; index++) {
      const item = items[index];
      this.#labels?.set(index, item && { ...item, y: this.#layer.labelHeight(item) });
    }
    this.#placeRings();
    if (!this.#framed && items.length > 0) {
      this.#framed = true;
      this.fit();
    }
    this.#arrangedAt = 0;
    this.invalidate();
  }

  /** New values of some twins: only the texts of their labels are written. */
  relabel(twins: ReadonlySet<string>, value: (twinId: string) => string): void {
    let changed = false;
    this.#items.forEach((item, index) => {
      if (twins.has(item.twinId)) {
        this.#labels?.set(index, { ...item, y: this.#layer.labelHeight(item), value: value(item.twinId) });
        changed = true;
      }
    });
    if (changed) {
      this.invalidate();
    }
  }

  select(twinId: string): void {
    this.#selected = twinId;
    this.#placeRings();
    this.invalidate();
  }

  /** Flies to a twin. */
  focus(twinId: string): void {
    const item = this.#items.find((candidate) => candidate.twinId === twinId);
    if (item !== undefined) {
      this.#fly(new Vector3(item.x, item.y + 0.8, item.z), 9);
    }
  }

  /** Everything in sight. */
  fit(): void {
    const points = this.#items.flatMap((item) => corners(item, this.#layer.labelHeight(item)));
    const { target, distance } = frameCamera(this.#camera, OVERVIEW, points);
    this.#fly(target, distance, OVERVIEW);
  }

  invalidate(): void {
    if (this.#frame === 0 && this.#renderer !== undefined) {
      this.#frame = requestAnimationFrame(() => {
        this.#frame = 0;
        this.#render();
      });
    }
  }

  #render(): void {
    const { clientWidth: width, clientHeight: height } = this.#canvas;
    if (width === 0 || height === 0) {
      return;
    }
    if (performance.now() - this.#arrangedAt > ARRANGE_MS) {
      this.#arrangedAt = performance.now();
      this.#labels?.arrange(this.#camera, width, height);
    } else {
      window.setTimeout(() => this.#arrangedAt + ARRANGE_MS < performance.now() && this.invalidate(), ARRANGE_MS + 5);
    }
    this.#renderer?.render(this.#scene, this.#camera);
  }

  #listen(): void {
    const observer = new ResizeObserver(() => this.#resize());
    observer.observe(this.#canvas.parentElement ?? this.#canvas);
    const onLost = (event: Event) => {
      event.preventDefault();
      this.#callbacks.onLost();
    };
    this.#canvas.addEventListener("webglcontextlost", onLost);
    const tool = new PointerTool({
      canvas: this.#canvas,
      pick: (x, y) => this.#pick(x, y),
      ground: (x, y, height) => this.#onGround(x, y, height),
      position: (id) => this.#items.find((item) => item.id === id),
      onHover: (id) => this.#showHover(id),
      onHold: (holding) => {
        if (this.#controls !== undefined) {
          this.#controls.enabled = !holding;
        }
      },
      ...this.#callbacks,
    });
    tool.start();
    this.#cleanups.push(
      () => observer.disconnect(),
      () => this.#canvas.removeEventListener("webglcontextlost", onLost),
      onPalette(() => this.#paint()),
      () => tool.close(),
    );
  }

  #newControls(): OrbitControls {
    const controls = new OrbitControls(this.#camera, this.#canvas);
    controls.maxPolarAngle = Math.PI / 2 - 0.06;
    controls.minDistance = 2.5;
    controls.maxDistance = 150;
    controls.enableDamping = false;
    controls.addEventListener("change", () => {
      this.#arrangedAt = Math.min(this.#arrangedAt, performance.now() - ARRANGE_MS / 2);
      this.invalidate();
    });
    controls.addEventListener("end", () => this.#tellCentre());
    return controls;
  }

  #newLabels(capacity: number): void {
    if (this.#labels !== undefined) {
      this.#scene.remove(this.#labels.mesh);
      this.#labels.dispose();
    }
    this.#labels = new LabelLayer({ capacity, pixelRatio: this.#renderer?.getPixelRatio() ?? 1 });
    this.#labels.setColours(palette());
    this.#scene.add(this.#labels.mesh);
  }

  #paint(): void {
    const colours = palette();
    this.#scene.background = new Color(colours.background);
    this.#scene.fog = new Fog(colours.background, 40, 110);
    this.#ground.material.color.set(colours.ground);
    this.#ring.material.color.set(colours.accent);
    this.#hover.material.color.set(colours.muted);
    this.#layer.setShadow(colours.shadow);
    this.#labels?.setColours(colours);
    if (this.#grid !== undefined) {
      this.#scene.remove(this.#grid);
      this.#grid.dispose();
    }
    this.#grid = new GridHelper(GRID_METRES, GRID_METRES / 2, colours.gridCentre, colours.grid);
    this.#scene.add(this.#grid);
    this.invalidate();
  }

  #resize(): void {
    const { clientWidth: width, clientHeight: height } = this.#canvas.parentElement ?? this.#canvas;
    if (width > 0 && height > 0) {
      this.#renderer?.setSize(width, height);
      this.#camera.aspect = width / height;
      this.#camera.updateProjectionMatrix();
      this.#arrangedAt = 0;
      this.invalidate();
    }
  }

  #placeRings(): void {
    const item = this.#items.find(({ twinId }) => twinId === this.#selected);
    this.#ring.visible = item !== undefined;
    if (item !== undefined) {
      this.#ring.position.set(item.x, item.y + 0.03, item.z);
      this.#ring.scale.setScalar(ringScale(item));
    }
  }

  #showHover(id: string | undefined): void {
    const item = this.#items.find((candidate) => candidate.id === id);
    this.#hover.visible = item !== undefined && item.twinId !== this.#selected;
    if (item !== undefined) {
      this.#hover.position.set(item.x, item.y + 0.025, item.z);
      this.#hover.scale.setScalar(ringScale(item));
    }
    this.invalidate();
  }

  #aim(x: number, y: number): Raycaster {
    const box = this.#canvas.getBoundingClientRect();
    const at = new Vector2(((x - box.left) / box.width) * 2 - 1, 1 - ((y - box.top) / box.height) * 2);
    this.#raycaster.setFromCamera(at, this.#camera);
    return this.#raycaster;
  }

  #pick(x: number, y: number): string | undefined {
    return this.#layer.pick(this.#aim(x, y));
  }

  #onGround(x: number, y: number, height: number): { x: number; z: number } | undefined {
    return this.#aim(x, y).ray.intersectPlane(new Plane(new Vector3(0, 1, 0), -height), new Vector3()) ?? undefined;
  }

  #tellCentre(): void {
    const target = this.#controls?.target;
    if (target !== undefined) {
      this.#callbacks.onCentre({ x: target.x, z: target.z });
    }
  }

  /** Moves the camera to a distance from a point, seen from a direction or from where it looks now. */
  #fly(to: Vector3, distance: number, from?: Vector3): void {
    const controls = this.#controls;
    if (controls === undefined) {
      return;
    }
    const direction = from ?? this.#camera.position.clone().sub(controls.target).normalize();
    const start = { target: controls.target.clone(), position: this.#camera.position.clone() };
    const position = to.clone().addScaledVector(direction, distance);
    const startedAt = performance.now();
    const length = reducedMotion() ? 0 : FLY_MS;
    const step = () => {
      const part = length === 0 ? 1 : Math.min(1, (performance.now() - startedAt) / length);
      const eased = 1 - (1 - part) ** 3;
      controls.target.lerpVectors(start.target, to, eased);
      this.#camera.position.lerpVectors(start.position, position, eased);
      controls.update();
      this.invalidate();
      if (part < 1) {
        requestAnimationFrame(step);
      } else {
        this.#tellCentre();
      }
    };
    step();
  }
}

function newRing(inner: number, outer: number) {
  const ring = new Mesh(
    new RingGeometry(inner, outer, 56).rotateX(-Math.PI / 2),
    new MeshBasicMaterial({ transparent: true, depthWrite: false }),
  );
  ring.visible = false;
  ring.raycast = () => undefined;
  return ring;
}

function ringScale(item: SceneItem): number {
  return item.s * (item.visual === "room" ? 1.9 : 1);
}

function sun(): DirectionalLight {
  const light = new DirectionalLight(0xffffff, 2.1);
  light.position.set(6, 14, 9);
  return light;
}

/** What must be in sight of a thing: its foot on four sides, and its top. */
function corners({ x, y, z, s }: SceneItem, top: number): Vector3[] {
  const feet = [-1, 1].flatMap((dx) => [-1, 1].map((dz) => new Vector3(x + dx * s, y, z + dz * s)));
  return [...feet, new Vector3(x, top, z)];
}
