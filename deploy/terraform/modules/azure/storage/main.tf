# Uploads lie on a share by NFS, since the application has no storage in Azure Blob yet: it knows S3 and files. Blobs hold copies of
# the database that outlive it.
resource "azurerm_storage_account" "files" {
  #checkov:skip=CKV_AZURE_206:a variable: by zones in production
  #checkov:skip=CKV2_AZURE_1:with Microsoft's keys: docs/decisions/0008
  #checkov:skip=CKV2_AZURE_38:it has shares alone, and their soft delete is on

  name                     = var.files_account
  resource_group_name      = var.resource_group.name
  location                 = var.resource_group.location
  account_kind             = "FileStorage"
  account_tier             = "Premium"
  account_replication_type = var.files_replication

  # NFS has no account keys; who may mount is a matter of the network, which has one private endpoint. Azure wants plain transport
  # allowed for it, although mounts of AKS's driver can be encrypted.
  https_traffic_only_enabled        = false
  shared_access_key_enabled         = false
  local_user_enabled                = false
  allow_nested_items_to_be_public   = false
  public_network_access_enabled     = false
  infrastructure_encryption_enabled = true
  min_tls_version                   = "TLS1_2"

  share_properties {
    retention_policy {
      days = 30
    }
  }

  lifecycle {
    prevent_destroy = true
  }
}

resource "azurerm_storage_share" "uploads" {
  name               = "uploads"
  storage_account_id = azurerm_storage_account.files.id
  enabled_protocol   = "NFS"
  quota              = var.uploads_gib

  lifecycle {
    prevent_destroy = true
  }
}

resource "azurerm_private_endpoint" "files" {
  name                = "${var.name}-files"
  resource_group_name = var.resource_group.name
  location            = var.resource_group.location
  subnet_id           = var.endpoint_subnet_id

  private_service_connection {
    name                           = "files"
    private_connection_resource_id = azurerm_storage_account.files.id
    subresource_names              = ["file"]
    is_manual_connection           = false
  }

  private_dns_zone_group {
    name                 = "files"
    private_dns_zone_ids = [var.files_dns_zone_id]
  }
}

# Backups --------------------------------------------------------------------------------------------------------------

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
