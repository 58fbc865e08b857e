/** The product's mark. */
export function Mark() {
  return (
    <svg class="mark" viewBox="0 0 32 32" aria-hidden="true">
      <path d="M16 3 27.500 9.500v13L16 29 4.500 22.500v-13z" />
      <path class="faint" d="M4.500 9.500 16 16l11.500-6.500M16 16v13" />
    </svg>
  );
}
