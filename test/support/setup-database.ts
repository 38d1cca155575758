export { provideDatabase as setup } from './servers.ts';
