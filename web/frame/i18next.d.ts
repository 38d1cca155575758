import type console from '../console/texts/en.json';
import type desk from '../desk/texts/en.json';
import type exam from '../exam/texts/en.json';
import type reportWords from '../generated/report-words.en.json';
import type frame from './texts/en.json';

// A key that no text has does not compile.
declare module 'i18next' {
  interface CustomTypeOptions {
    defaultNS: 'frame';
    resources: { frame: typeof frame; desk: typeof desk; console: typeof console & typeof reportWords; exam: typeof exam };
  }
}
