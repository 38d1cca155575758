-- Settings alone: no controller reconciles a Connection, and a wrong one shows on the WorkerDeployments that use it.
if (obj.spec or {}).hostPort == nil or obj.spec.hostPort == "" then
  return { status = "Degraded", message = "spec.hostPort is missing: no worker deployment can reach Temporal by it" }
end
return { status = "Healthy", message = "read by worker deployments" }
