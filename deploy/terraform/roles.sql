-- The roles, made once by the administrator of a database "certifiable" (psql --set ON_ERROR_STOP=1 --file …). Passwords are set afterwards
-- with \password, which sends no plain text.

-- Owns nothing of the server and everything of its own database. Migrations alone run as it.
CREATE ROLE certifiable_app LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE;
-- CREATE on the database, too: the first migration begins with CREATE SCHEMA IF NOT EXISTS, which asks for it even where there is one.
GRANT CONNECT, CREATE, TEMPORARY ON DATABASE certifiable TO certifiable_app;
REVOKE CONNECT, TEMPORARY ON DATABASE certifiable FROM PUBLIC;
REVOKE CREATE ON SCHEMA public FROM PUBLIC;
GRANT USAGE, CREATE ON SCHEMA public TO certifiable_app;
GRANT certifiable_app TO CURRENT_USER;

-- A role for each kind of process ("certifiable database roles" prints this, too); what each may do, the migration says (prisma/privileges.ts).
-- For people who look and for dashboards: certifiable_reader, who has views without personal data in the schema "reading"; for tools that draw charts
-- and for research: certifiable_analyst, who has views in the schema "research" that know nobody (docs/research-data.md).
DO $$
DECLARE "wanted" TEXT;
BEGIN
  FOREACH "wanted" IN ARRAY ARRAY['certifiable_api', 'certifiable_certification', 'certifiable_grading_auto', 'certifiable_grading_human', 'certifiable_feedback', 'certifiable_publication', 'certifiable_notification', 'certifiable_reporting', 'certifiable_delivery', 'certifiable_events', 'certifiable_intake', 'certifiable_operator', 'certifiable_reader', 'certifiable_auditor', 'certifiable_analyst'] LOOP
    IF NOT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = "wanted") THEN
      EXECUTE format('CREATE ROLE %I NOLOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE', "wanted");
    END IF;
  END LOOP;
END $$;
GRANT CONNECT ON DATABASE certifiable TO certifiable_api, certifiable_certification, certifiable_grading_auto, certifiable_grading_human,
  certifiable_feedback, certifiable_publication, certifiable_notification, certifiable_reporting, certifiable_delivery, certifiable_events,
  certifiable_intake, certifiable_operator, certifiable_reader, certifiable_auditor, certifiable_analyst;

-- And a login of each component, which is a member of its role; people who look or repair get logins of their own in the same way.
CREATE ROLE certifiable_api_login LOGIN IN ROLE certifiable_api;
CREATE ROLE certifiable_certification_login LOGIN IN ROLE certifiable_certification;
CREATE ROLE certifiable_grading_auto_login LOGIN IN ROLE certifiable_grading_auto;
CREATE ROLE certifiable_grading_human_login LOGIN IN ROLE certifiable_grading_human;
CREATE ROLE certifiable_feedback_login LOGIN IN ROLE certifiable_feedback;
CREATE ROLE certifiable_publication_login LOGIN IN ROLE certifiable_publication;
CREATE ROLE certifiable_notification_login LOGIN IN ROLE certifiable_notification;
CREATE ROLE certifiable_reporting_login LOGIN IN ROLE certifiable_reporting;
CREATE ROLE certifiable_delivery_login LOGIN IN ROLE certifiable_delivery;
CREATE ROLE certifiable_events_login LOGIN IN ROLE certifiable_events;
CREATE ROLE certifiable_intake_login LOGIN IN ROLE certifiable_intake;
CREATE ROLE certifiable_operator_login LOGIN IN ROLE certifiable_operator;
