import { openDoor } from '../frame/open.ts';

void openDoor('exam', () => import('./app.tsx'));
