-- For WorkerDeployment and WorkerResourceTemplate, which report the same conditions. `Stalled` is the only one that says
-- waiting is no use; whatever else is not ready may still become so, such as a Connection that is applied a second later.
local function condition(type)
  for _, found in ipairs((obj.status or {}).conditions or {}) do
    if found.type == type then
      return found
    end
  end
end

local function isTrue(found)
  return found ~= nil and found.status == "True"
end

local function said(found)
  return (found.reason or found.type) .. ": " .. (found.message or "")
end

-- What was said of an older specification does not hold for this one.
local function isCurrent(found)
  return found.observedGeneration == nil or obj.metadata.generation == nil or found.observedGeneration >= obj.metadata.generation
end

local stalled, ready, reconciling = condition("Stalled"), condition("Ready"), condition("Reconciling")
if isTrue(stalled) and isCurrent(stalled) then
  return { status = "Degraded", message = said(stalled) }
end
if isTrue(ready) and isCurrent(ready) then
  return { status = "Healthy", message = said(ready) }
end
if isTrue(reconciling) then
  return { status = "Progressing", message = said(reconciling) }
end
if ready ~= nil and isCurrent(ready) then
  return { status = "Progressing", message = said(ready) }
end
return { status = "Progressing", message = "the controller has not reported on this specification yet" }
