import { useTranslation } from 'react-i18next';
import type { RouteObject } from 'react-router';
import type { NavigationEntry } from '../frame/Layout.tsx';
import { Overview } from './Overview.tsx';

export const routes: RouteObject[] = [{ index: true, element: <Overview /> }];

export const navigation: readonly NavigationEntry[] = [{ path: '/', Label: () => useTranslation('exam').t('navigation.overview') }];
