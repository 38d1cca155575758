import { useQueryClient } from '@tanstack/react-query';
import { useNavigate } from 'react-router';

/** Back to the desk from an assignment that is one's own no longer: everything else is asked for anew, and it no more. */
export function useGivenUp(done: 'released' | 'flagged'): () => Promise<void> {
  const navigate = useNavigate();
  const queries = useQueryClient();
  return async () => {
    await queries.invalidateQueries({ predicate: ({ queryKey: [what] }) => what !== 'assignment' });
    await navigate(`/?done=${done}`, { replace: true });
  };
}
