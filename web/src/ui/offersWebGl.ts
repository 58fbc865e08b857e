/** Whether the 3D view can be drawn here: asked before its code is loaded. Leaves no context behind. */
export function offersWebGl(): boolean {
  const context = document.createElement("canvas").getContext("webgl2");
  context?.getExtension("WEBGL_lose_context")?.loseContext();
  return context !== null;
}
