import { startDoor, type Start } from '../frame/start.tsx';
import { navigation, routes } from './pages.tsx';

export const start: Start = (opened) => startDoor({ door: 'console', routes, navigation }, opened);
