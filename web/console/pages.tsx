import { useTranslation } from 'react-i18next';
import type { RouteObject } from 'react-router';
import type { NavigationEntry } from '../frame/Layout.tsx';
import { Search } from './Search.tsx';

export const routes: RouteObject[] = [{ index: true, element: <Search /> }];

export const navigation: readonly NavigationEntry[] = [{ path: '/', Label: () => useTranslation('console').t('navigation.search') }];
