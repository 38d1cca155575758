# Uploads and documents ------------------------------------------------------------------------------------------------

resource "azurerm_storage_account" "uploads" {
  #checkov:skip=CKV_AZURE_33:there are no queues in it
  #checkov:skip=CKV_AZURE_206:a variable: in another region too in production
  #checkov:skip=CKV2_AZURE_1:with Microsoft's keys: docs/decisions/0008

  name                     = var.uploads_account
  resource_group_name      = var.resource_group.name
  location                 = var.resource_group.location
  account_kind             = "StorageV2"
  account_tier             = "Standard"
  account_replication_type = var.uploads_replication

  # Who may do what is a matter of roles alone: there is no key that could leak.
  https_traffic_only_enabled        = true
  shared_access_key_enabled         = false
  default_to_oauth_authentication   = true
  local_user_enabled                = false
  allow_nested_items_to_be_public   = false
  public_network_access_enabled     = false
  infrastructure_encryption_enabled = true
  min_tls_version                   = "TLS1_2"

  blob_properties {
    versioning_enabled = true

    delete_retention_policy {
      days = 30
    }

    container_delete_retention_policy {
      days = 30
    }
  }

  lifecycle {
    prevent_destroy = true
  }
}

resource "azurerm_storage_container" "uploads" {
  #checkov:skip=CKV2_AZURE_21:by the diagnostic setting below

  name                  = "uploads"
  storage_account_id    = azurerm_storage_account.uploads.id
  container_access_type = "private"

  lifecycle {
    prevent_destroy = true
  }
}

# What was removed or replaced ends. What was cut off the delivery pool removes (workers/leftover-uploads.ts): by age alone nobody here could
# tell it from what was handed in.
resource "azurerm_storage_management_policy" "uploads" {
  storage_account_id = azurerm_storage_account.uploads.id

  rule {
    name    = "earlier-versions"
    enabled = true

    filters {
      blob_types   = ["appendBlob", "blockBlob"]
      prefix_match = ["uploads/"]
    }

    actions {
      version {
        delete_after_days_since_creation = 90
      }
    }
  }
}

resource "azurerm_private_endpoint" "uploads" {
  name                = "${var.name}-uploads"
  resource_group_name = var.resource_group.name
  location            = var.resource_group.location
  subnet_id           = var.endpoint_subnet_id

  private_service_connection {
    name                           = "uploads"
    private_connection_resource_id = azurerm_storage_account.uploads.id
    subresource_names              = ["blob"]
    is_manual_connection           = false
  }

  private_dns_zone_group {
    name                 = "uploads"
    private_dns_zone_ids = [var.blobs_dns_zone_id]
  }
}

# The API takes uploads, gives files out and puts infected ones aside; `feedback` has documents alone; `delivery` lists and removes, reads
# nothing, and writes the list of erasures alone.
locals {
  blobs = "Microsoft.Storage/storageAccounts/blobServices/containers/blobs"

  conditions = {
    api      = null
    feedback = <<-EOT
      (
        (
          !(ActionMatches{'${local.blobs}/read'})
          AND !(ActionMatches{'${local.blobs}/write'})
          AND !(ActionMatches{'${local.blobs}/add/action'})
          AND !(ActionMatches{'${local.blobs}/delete'})
          AND !(ActionMatches{'${local.blobs}/move/action'})
        )
        OR
        (@Resource[${local.blobs}:path] StringStartsWith 'documents/')
      )
    EOT
    delivery = <<-EOT
      (
        !(ActionMatches{'${local.blobs}/read'} AND NOT SubOperationMatches{'Blob.List'})
        AND !(ActionMatches{'${local.blobs}/move/action'})
        AND
        (
          (
            !(ActionMatches{'${local.blobs}/write'})
            AND !(ActionMatches{'${local.blobs}/add/action'})
          )
          OR
          (@Resource[${local.blobs}:path] StringStartsWith 'erasures/')
        )
      )
    EOT
  }
}

resource "azurerm_role_assignment" "uploads" {
  for_each = local.conditions

  scope                = azurerm_storage_container.uploads.id
  role_definition_name = "Storage Blob Data Contributor"
  principal_id         = var.principal_ids[each.key]
  principal_type       = "ServicePrincipal"
  condition            = each.value
  condition_version    = each.value == null ? null : "2.0"
}

resource "azurerm_monitor_diagnostic_setting" "uploads" {
  name                       = "access"
  target_resource_id         = "${azurerm_storage_account.uploads.id}/blobServices/default"
  log_analytics_workspace_id = var.log_workspace_id

  dynamic "enabled_log" {
    for_each = toset(["StorageRead", "StorageWrite", "StorageDelete"])

    content {
      category = enabled_log.value
    }
  }
}

# Backups: copies of the database that outlive it --------------------------------------------------------------------------

resource "azurerm_storage_account" "backups" {
  #checkov:skip=CKV_AZURE_33:there are no queues in it
  #checkov:skip=CKV_AZURE_206:a variable: in another region too in production
  #checkov:skip=CKV2_AZURE_1:with Microsoft's keys: docs/decisions/0008

  name                     = var.backups_account
  resource_group_name      = var.resource_group.name
  location                 = var.resource_group.location
  account_kind             = "StorageV2"
  account_tier             = "Standard"
  account_replication_type = var.backups_replication

  https_traffic_only_enabled        = true
  shared_access_key_enabled         = false
  default_to_oauth_authentication   = true
  local_user_enabled                = false
  allow_nested_items_to_be_public   = false
  public_network_access_enabled     = false
  infrastructure_encryption_enabled = true
  min_tls_version                   = "TLS1_2"

  blob_properties {
    versioning_enabled = true

    delete_retention_policy {
      days = 30
    }

    container_delete_retention_policy {
      days = 30
    }
  }

  lifecycle {
    prevent_destroy = true
  }
}

resource "azurerm_storage_container" "backups" {
  #checkov:skip=CKV2_AZURE_21:by the diagnostic setting below

  name                  = "backups"
  storage_account_id    = azurerm_storage_account.backups.id
  container_access_type = "private"
}

resource "azurerm_storage_management_policy" "backups" {
  storage_account_id = azurerm_storage_account.backups.id

  rule {
    name    = "age"
    enabled = true

    filters {
      blob_types   = ["blockBlob"]
      prefix_match = ["backups/"]
    }

    actions {
      base_blob {
        tier_to_cool_after_days_since_modification_greater_than = 30
        delete_after_days_since_modification_greater_than       = 365
      }

      version {
        delete_after_days_since_creation = 90
      }
    }
  }
}

resource "azurerm_private_endpoint" "backups" {
  name                = "${var.name}-backups"
  resource_group_name = var.resource_group.name
  location            = var.resource_group.location
  subnet_id           = var.endpoint_subnet_id

  private_service_connection {
    name                           = "backups"
    private_connection_resource_id = azurerm_storage_account.backups.id
    subresource_names              = ["blob"]
    is_manual_connection           = false
  }

  private_dns_zone_group {
    name                 = "backups"
    private_dns_zone_ids = [var.blobs_dns_zone_id]
  }
}

resource "azurerm_monitor_diagnostic_setting" "backups" {
  name                       = "access"
  target_resource_id         = "${azurerm_storage_account.backups.id}/blobServices/default"
  log_analytics_workspace_id = var.log_workspace_id

  dynamic "enabled_log" {
    for_each = toset(["StorageRead", "StorageWrite", "StorageDelete"])

    content {
      category = enabled_log.value
    }
  }
}
