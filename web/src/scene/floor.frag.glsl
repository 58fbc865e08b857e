// The ground has a grid, drawn as lines of one pixel at any distance.
uniform vec3 grid;
uniform vec3 gridCentre;
uniform float cell;   // metres
uniform float extent; // metres from the middle to where the grid ends
varying vec4 vPaint;
varying vec2 vWorld;
varying float vGround;
#include <fog_pars_fragment>

float line(vec2 fromLine, vec2 pixel) {
  vec2 cover = max(vec2(0.0), 1.0 - fromLine / pixel);
  return max(cover.x, cover.y);
}

void main() {
  vec2 pixel = max(fwidth(vWorld), vec2(1e-5)); // metres
  vec3 colour = vPaint.rgb;
  if (vGround > 0.5 && max(abs(vWorld.x), abs(vWorld.y)) <= extent) {
    vec2 fromLine = abs(fract(vWorld / cell - 0.5) - 0.5) * cell;
    colour = mix(colour, grid, line(fromLine, pixel));
    colour = mix(colour, gridCentre, line(abs(vWorld), pixel));
  }
  gl_FragColor = vec4(colour, vPaint.a);
  #include <colorspace_fragment>
  #include <fog_fragment>
}
