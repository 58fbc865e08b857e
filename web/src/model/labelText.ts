/** How texts are made to fit a label of the 3D view. Pure. */

/** The longest end of whole words that has room: what tells twins apart is mostly at the end. */
export function fitTitle(title: string, most: number): string {
  if (title.length <= most) {
    return title;
  }
  const words = title.split(" ");
  const ends = words.slice(1).map((_, at) => `…${words.slice(at + 1).join(" ")}`);
  return ends.find(({ length }) => length <= most) ?? `…${title.slice(1 - most)}`;
}

export function fitValue(value: string, most: number): string {
  return value.length <= most ? value : `${value.slice(0, most - 1)}…`;
}
