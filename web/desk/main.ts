import { openDoor } from '../frame/open.ts';

void openDoor('desk', () => import('./app.tsx'));
