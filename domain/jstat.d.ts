/** What is used of jstat, which brings no types. */
declare module 'jstat' {
  const jstat: {
    readonly normal: { readonly inv: (probability: number, mean: number, deviation: number) => number };
    readonly centralF: { readonly inv: (probability: number, numeratorFreedom: number, denominatorFreedom: number) => number };
  };
  export default jstat;
}
