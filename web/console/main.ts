import { openDoor } from '../frame/open.ts';

void openDoor('console', () => import('./app.tsx'));
