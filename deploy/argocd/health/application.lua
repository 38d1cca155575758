-- Argo CD counts an Application inside another one as healthy whatever it does, unless it is told to look.
local health = (obj.status or {}).health or {}
return { status = health.status or "Progressing", message = health.message or "" }
