import fc from 'fast-check';

/** Reading anything of it throws. */
const throwingProxy: object = new Proxy(
  {},
  {
    get() {
      throw new Error('a trap');
    },
  },
);

/** A view of bytes that throws when asked for its length. */
export const throwingTrace: Uint8Array = Object.defineProperty(new Uint8Array(16), 'length', {
  get() {
    throw new Error('no length');
  },
});

const throwing = {
  valueOf() {
    throw new Error('no value');
  },
};

/** A number that is another one each time it is looked at. */
const shifty = {
  value: 0,
  valueOf() {
    this.value += 1;
    return this.value % 2 === 0 ? Number.NaN : 1;
  },
};

/** Whatever a caller without types may hand over. */
export const hostile: fc.Arbitrary<unknown> = fc.oneof(
  fc.anything({
    withBigInt: true,
    withBoxedValues: true,
    withDate: true,
    withMap: true,
    withNullPrototype: true,
    withObjectString: true,
    withSet: true,
    withSparseArray: true,
    withTypedArray: true,
  }),
  fc.constantFrom<unknown>(
    Symbol('s'),
    10n,
    throwing,
    shifty,
    throwingProxy,
    throwingTrace,
    Number.NaN,
    Number.POSITIVE_INFINITY,
    Number.NEGATIVE_INFINITY,
    -0,
    Object.create(null),
    () => 0,
    '3',
    1e300,
  ),
);
