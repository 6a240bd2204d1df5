// What we use of htm (../vendor/htm), without its types.
declare const htm: {
  bind(create: (type: any, props: any, ...children: any[]) => any): (
    strings: TemplateStringsArray,
    ...values: any[]
  ) => any;
};
export default htm;
