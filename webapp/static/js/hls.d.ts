// The vendored build has no types of its own.
// deno-lint-ignore no-explicit-any
declare const Hls: any;
export default Hls;
