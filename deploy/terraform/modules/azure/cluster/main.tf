resource "azurerm_user_assigned_identity" "cluster" {
  name                = "${var.name}-cluster"
  resource_group_name = var.resource_group.name
  location            = var.resource_group.location
}

# Load balancers and Private Link Services are made in our network, in the name of the cluster.
resource "azurerm_role_assignment" "network" {
  scope                = var.network_id
  role_definition_name = "Network Contributor"
  principal_id         = azurerm_user_assigned_identity.cluster.principal_id
}

resource "azurerm_kubernetes_cluster" "this" {
  #checkov:skip=CKV_AZURE_117:disks are ephemeral and encrypted on the host

  name                = var.name
  resource_group_name = var.resource_group.name
  location            = var.resource_group.location
  dns_prefix          = var.name
  node_resource_group = "${var.name}-nodes"
  kubernetes_version  = var.kubernetes_version
  sku_tier            = "Standard"

  # Without ranges from which its API may be reached it has no public address at all.
  private_cluster_enabled             = length(var.api_cidrs) == 0
  private_cluster_public_fqdn_enabled = false
  run_command_enabled                 = false

  dynamic "api_server_access_profile" {
    for_each = length(var.api_cidrs) == 0 ? [] : [var.api_cidrs]

    content {
      authorized_ip_ranges = api_server_access_profile.value
    }
  }

  # People sign in with Entra ID, and nobody with a certificate that never ends.
  local_account_disabled            = true
  role_based_access_control_enabled = true

  azure_active_directory_role_based_access_control {
    azure_rbac_enabled     = true
    admin_group_object_ids = var.admin_group_object_ids
  }

  # Pods sign in with their service accounts.
  oidc_issuer_enabled       = true
  workload_identity_enabled = true

  azure_policy_enabled         = true
  image_cleaner_enabled        = true
  image_cleaner_interval_hours = 168
  automatic_upgrade_channel    = "patch"
  node_os_upgrade_channel      = "NodeImage"

  maintenance_window_auto_upgrade {
    frequency   = "Weekly"
    interval    = 1
    duration    = 4
    day_of_week = "Sunday"
    start_time  = "02:00"
    utc_offset  = "+00:00"
  }

  maintenance_window_node_os {
    frequency   = "Weekly"
    interval    = 1
    duration    = 4
    day_of_week = "Sunday"
    start_time  = "06:00"
    utc_offset  = "+00:00"
  }

  identity {
    type         = "UserAssigned"
    identity_ids = [azurerm_user_assigned_identity.cluster.id]
  }

  # Calico enforces the chart's network policies. Cilium would not: to it a node's address matches no ipBlock, and requests from
  # the load balancer come to a pod on another node with the address of the node that took them.
  network_profile {
    network_plugin      = "azure"
    network_plugin_mode = "overlay"
    network_policy      = "calico"
    pod_cidr            = var.pod_cidr
    service_cidr        = "172.20.0.0/16"
    dns_service_ip      = "172.20.0.10"
    load_balancer_sku   = "standard"
    outbound_type       = "userAssignedNATGateway"
  }

  # For what runs the cluster; ours run in the pool below.
  default_node_pool {
    name                         = "system"
    vm_size                      = "Standard_D4ds_v5"
    vnet_subnet_id               = var.subnet_id
    zones                        = ["1", "2", "3"]
    auto_scaling_enabled         = true
    min_count                    = 3
    max_count                    = 6
    max_pods                     = 110
    only_critical_addons_enabled = true
    host_encryption_enabled      = true
    os_disk_type                 = "Ephemeral"
    os_disk_size_gb              = 100
    temporary_name_for_rotation  = "systemnext"

    upgrade_settings {
      max_surge = "33%"
    }
  }

  key_vault_secrets_provider {
    secret_rotation_enabled = true
  }

  oms_agent {
    log_analytics_workspace_id      = var.log_workspace_id
    msi_auth_for_monitoring_enabled = true
  }

  depends_on = [azurerm_role_assignment.network]
}

resource "azurerm_kubernetes_cluster_node_pool" "general" {
  name                        = "general"
  kubernetes_cluster_id       = azurerm_kubernetes_cluster.this.id
  vm_size                     = var.node_size
  vnet_subnet_id              = var.subnet_id
  zones                       = ["1", "2", "3"]
  auto_scaling_enabled        = true
  min_count                   = var.nodes.min
  max_count                   = var.nodes.max
  max_pods                    = 110
  host_encryption_enabled     = true
  os_disk_type                = "Ephemeral"
  os_disk_size_gb             = 100
  temporary_name_for_rotation = "generalnext"

  # Pools have their PodDisruptionBudgets, and pods up to 100 s to finish what they do.
  upgrade_settings {
    max_surge                = "33%"
    drain_timeout_in_minutes = 30
  }
}

resource "azurerm_monitor_diagnostic_setting" "this" {
  name                       = "audit"
  target_resource_id         = azurerm_kubernetes_cluster.this.id
  log_analytics_workspace_id = var.log_workspace_id

  dynamic "enabled_log" {
    for_each = toset(["kube-audit-admin", "guard", "kube-apiserver", "kube-controller-manager", "cluster-autoscaler"])

    content {
      category = enabled_log.value
    }
  }
}
