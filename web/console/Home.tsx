import { Navigate } from 'react-router';
import { usePerson } from '../frame/session.tsx';
import { Search } from './Search.tsx';

/** Staff and auditors begin with the search; who only writes exams, with these. */
export function Home() {
  const roles = usePerson()?.roles ?? [];
  return roles.includes('staff') || roles.includes('auditor') ? <Search /> : <Navigate to="/exams" replace />;
}
