// The atlas holds the fill in red and the outline in green.
precision highp float;

in vec2 vUv;
flat in float vLine;
uniform sampler2D atlas;
uniform vec3 text;
uniform vec3 muted;
uniform vec3 outline;
out vec4 colour;

void main() {
  vec4 glyph = texture(atlas, vUv);
  if (glyph.a < 0.02) discard;
  float fill = glyph.r / max(glyph.r + glyph.g, 0.001);
  colour = vec4(mix(outline, vLine < 0.5 ? muted : text, fill), glyph.a);
}
