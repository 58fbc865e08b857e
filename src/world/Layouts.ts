/**
 * The layouts of the spaces that are in use: rooms hold them, and with the last of its rooms a layout is closed. What was
 * made up is remembered as long as the space's twin is there, so that who comes back finds twins where they stood (ADR
 * 0009). Owned by WorldEditor.
 */
import type { LinkHealth, PlacementIndex, SpaceIndex } from "../services.ts";
import { assertLoaded } from "../twins/knownTwin.ts";
import type { TwinMirror } from "../twins/TwinMirror.ts";
import type { Log, TwinId } from "../twins/types.ts";
import type { AutoLayout } from "./AutoLayout.ts";
import { SpaceLayout } from "./SpaceLayout.ts";

export interface LayoutsOptions {
  placements: PlacementIndex;
  spaces: SpaceIndex;
  mirror: TwinMirror;
  link: Pick<LinkHealth, "loaded">;
  log: Log;
}

/** A layout that is kept as it is for who holds it, until he lets go of it. */
export interface HeldLayout {
  readonly layout: SpaceLayout;
  release(): void;
}

interface Use {
  layout: SpaceLayout | undefined;
  holders: number;
}

export class Layouts {
  readonly #o: LayoutsOptions;
  readonly #used = new Map<TwinId, Use>();
  /** Of spaces that are not in use and had some. */
  readonly #madeUp = new Map<TwinId, AutoLayout>();
  readonly #unsubscribe: () => void;

  constructor(options: LayoutsOptions) {
    this.#o = options;
    this.#unsubscribe = options.mirror.onGraphChange((change) => {
      if (change.kind === "twin.removed") {
        this.#madeUp.delete(change.twinId);
      }
    });
  }

  /** Filled in turns, however large the space is. UNAVAILABLE while twins are being loaded. */
  async hold(space: TwinId): Promise<HeldLayout> {
    assertLoaded(this.#o.link);
    const use = this.#use(space);
    use.holders += 1;
    let isHeld = true;
    const release = () => {
      use.holders -= isHeld ? 1 : 0;
      isHeld = false;
      this.#closeUnheld(space, use);
    };
    try {
      await this.#o.spaces.collect(space);
      const layout = this.#layout(space, use);
      await layout.filled();
      return { layout, release };
    } catch (error) {
      release();
      throw error;
    }
  }

  /** Filled at once. If nobody holds it, it is as it is now until the end of this turn of the event loop. */
  now(space: TwinId): SpaceLayout {
    assertLoaded(this.#o.link);
    const use = this.#use(space);
    if (use.holders === 0) {
      queueMicrotask(() => this.#closeUnheld(space, use));
    }
    const layout = this.#layout(space, use);
    layout.fillNow();
    return layout;
  }

  close(): void {
    this.#unsubscribe();
    for (const { layout } of this.#used.values()) {
      layout?.close();
    }
  }

  #use(space: TwinId): Use {
    const use = this.#used.get(space) ?? { layout: undefined, holders: 0 };
    this.#used.set(space, use);
    return use;
  }

  #layout(space: TwinId, use: Use): SpaceLayout {
    use.layout ??= new SpaceLayout({ ...this.#o, space, auto: this.#madeUp.get(space) });
    return use.layout;
  }

  #closeUnheld(space: TwinId, use: Use): void {
    if (use.holders > 0 || this.#used.get(space) !== use) {
      return;
    }
    this.#used.delete(space);
    const auto = use.layout?.close();
    if (auto && this.#o.mirror.get(space)) {
      this.#madeUp.set(space, auto);
    }
  }
}
