// One instance is a flat ring about a point: the ground itself (the first), a shadow (no hole), a mark under a thing.
attribute vec3 centre;
attribute vec3 radii; // metres along x, along z, and the hole's part of them
attribute vec4 paint;
varying vec4 vPaint;
varying vec2 vWorld;
varying float vGround;
#include <fog_pars_vertex>

void main() {
  // position = place on the unit circle in x and z, and in y whether the vertex is on the outer edge
  float reach = mix(radii.z, 1.0, position.y);
  vec3 world = centre + vec3(position.x * radii.x, 0.0, position.z * radii.y) * reach;
  vPaint = paint;
  vWorld = world.xz;
  vGround = gl_InstanceID == 0 ? 1.0 : 0.0;
  vec4 mvPosition = viewMatrix * vec4(world, 1.0);
  gl_Position = projectionMatrix * mvPosition;
  #include <fog_vertex>
}
