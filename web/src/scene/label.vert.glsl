// One instance is a label of two lines of 20 glyph slots; position = corner (0|1, 0|1) and slot.
precision highp float;
precision highp int;
precision highp usampler2D;

in vec3 position;
in vec3 anchor;
in vec2 shift; // device pixels from where it stands by itself
in vec3 shape; // glyphs in the first line, in the second, shown
uniform mat4 modelViewMatrix;
uniform mat4 projectionMatrix;
uniform usampler2D codes;
uniform vec2 cell; // device pixels
uniform vec2 view; // device pixels
uniform float perRow;
out vec2 vUv;
flat out float vLine;

void main() {
  int slot = int(position.z);
  uint code = texelFetch(codes, ivec2((gl_InstanceID % 32) * 40 + slot, gl_InstanceID / 32), 0).r;
  vec4 clip = projectionMatrix * modelViewMatrix * vec4(anchor, 1.0);
  if (code == 0u || shape.z < 0.5 || clip.w <= 0.0) {
    gl_Position = vec4(2.0, 2.0, 2.0, 1.0);
    return;
  }
  float line = position.z < 20.0 ? 0.0 : 1.0;
  float column = position.z - line * 20.0;
  float used = line < 0.5 ? shape.x : shape.y;
  float above = shape.y > 0.5 ? 1.0 - line : 0.0; // without a value the title sits on the anchor
  float half_ = max(shape.x, shape.y) * cell.x * 0.5 + 3.0; // whole labels: those at an edge are moved in
  vec2 base = (clip.xy / clip.w * 0.5 + 0.5) * view + shift;
  base = floor(vec2(clamp(base.x, half_, max(half_, view.x - half_)), min(base.y, view.y - cell.y * 2.4)));
  float left = floor((column - used * 0.5) * cell.x);
  vec2 pixel = base + vec2(left + position.x * cell.x, (above * 0.92 + 0.3 + position.y) * cell.y);
  gl_Position = vec4(pixel / view * 2.0 - 1.0, clip.z / clip.w, 1.0);
  float index = float(code);
  vUv = (vec2(mod(index, perRow), floor(index / perRow)) + vec2(position.x, 1.0 - position.y)) / perRow;
  vLine = line;
}
