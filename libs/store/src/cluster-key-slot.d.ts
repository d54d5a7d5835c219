/** As far as it is used here: the package brings no types. */
declare module 'cluster-key-slot' {
  /** The slot, 0 to 16383, of a key of a Redis Cluster; what stands between braces decides, if anything does. */
  function keySlot(key: string): number;
  export = keySlot;
}
