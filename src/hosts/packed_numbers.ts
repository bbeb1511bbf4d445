// Copies a few numbers in and out of packed values: for so few, these loops take a fraction of the
// time of `set` and `Array.from`.

export function writeNumbers(values: Float64Array, at: number, numbers: readonly number[]): void {
  for (let i = 0; i < numbers.length; i++) values[at + i] = numbers[i]!;
}

export function readNumbers(values: Float64Array, at: number, length: number): number[] {
  const numbers: number[] = [];
  for (let i = at; i < at + length; i++) numbers.push(values[i]!);
  return numbers;
}
