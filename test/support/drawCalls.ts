// Counts what a page draws, for tests and benchmarks: `addInitScript(COUNT_DRAWS)`, before the page makes its canvas.

/** In the page, `draws`: calls of the frame that is going on, the most of a frame so far, frames in which anything was drawn. */
export const COUNT_DRAWS = `
  globalThis.draws = { calls: 0, most: 0, frames: 0 };
  for (const name of ["drawArrays", "drawElements", "drawArraysInstanced", "drawElementsInstanced"]) {
    const draw = WebGL2RenderingContext.prototype[name];
    WebGL2RenderingContext.prototype[name] = function (...all) { draws.calls++; return draw.apply(this, all); };
  }
  const nextFrame = () => {
    draws.most = Math.max(draws.most, draws.calls);
    draws.frames += draws.calls > 0 ? 1 : 0;
    draws.calls = 0;
    requestAnimationFrame(nextFrame);
  };
  requestAnimationFrame(nextFrame);`;
