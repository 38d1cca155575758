/**
 * What stands in the way of an erasure, in the order in which it is told: by its code the SQL that finds it, of a candidate `v_candidate`. Asked before
 * one is ordered, and by the function of the database that erases.
 */
export const ERASURE_OBSTACLES = {
  on_hold: 'SELECT 1 FROM retention_hold h WHERE h.candidate_id = v_candidate AND h.released_at IS NULL',
  attempt_open: 'SELECT 1 FROM attempt a WHERE a.candidate_id = v_candidate AND a.outcome IS NULL',
  appeal_open: `SELECT 1 FROM appeal q JOIN attempt a ON a.id = q.attempt_id WHERE a.candidate_id = v_candidate AND q.state = 'open'`,
  complaint_open: 'SELECT 1 FROM complaint k JOIN attempt a ON a.id = k.attempt_id WHERE a.candidate_id = v_candidate AND k.answered_at IS NULL',
  correction_open: `SELECT 1 FROM correction o JOIN certificate c ON c.id = o.certificate_id LEFT JOIN attempt a ON a.id = c.attempt_id
    WHERE coalesce(c.candidate_id, a.candidate_id) = v_candidate AND o.resolved_at IS NULL`,
  act_waiting: `SELECT 1 FROM proposed_act p WHERE p.state IN ('open', 'confirmed') AND p.expires_at > clock_timestamp() AND p.operation <> 'orderErasure'
    AND (p.candidate_id = v_candidate OR p.attempt_id IN (SELECT a.id FROM attempt a WHERE a.candidate_id = v_candidate))`,
  typed_act_waiting: `SELECT 1 FROM claimed_act k JOIN attempt a ON a.id = k.attempt_id WHERE a.candidate_id = v_candidate AND k.state = 'pending'`,
  seed_standing: `SELECT 1 FROM seed e JOIN submission b ON b.id = e.submission_id JOIN sitting s ON s.id = b.sitting_id JOIN attempt a ON a.id = s.attempt_id
    WHERE a.candidate_id = v_candidate AND e.ended_at IS NULL`,
  regrade_open: `SELECT 1 FROM regrade_change x JOIN attempt a ON a.id = x.attempt_id JOIN regrade g ON g.id = x.regrade_id
    WHERE a.candidate_id = v_candidate AND x.state IN ('previewed', 'waits') AND (g.outcome IS NULL OR (g.outcome = 'applied' AND g.finished_at IS NULL))`,
} as const;

export type ErasureObstacle = keyof typeof ERASURE_OBSTACLES;

export const ERASURE_OBSTACLE_CODES = Object.keys(ERASURE_OBSTACLES) as readonly ErasureObstacle[];
