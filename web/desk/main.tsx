import { startDoor } from '../frame/start.tsx';
import { navigation, routes } from './pages.tsx';

void startDoor({ door: 'desk', routes, navigation });
