# Where the state of one subscription's environment is kept. Applied once, before there is a state to keep: it keeps its own on the
# machine it was applied from, and loses nothing of value with it.
#   terraform -chdir=deploy/terraform/live/azure/state apply -var subscription=… -var account=certifiabletfstaging
terraform {
  required_version = ">= 1.11"

  required_providers {
    azurerm = {
      source  = "hashicorp/azurerm"
      version = "~> 4.73"
    }
  }
}

variable "subscription" {
  type = string
}

variable "account" {
  description = "As the backend of the environment names it."
  type        = string
}

variable "operators_object_id" {
  description = "The group whose members, and whose pipeline, apply."
  type        = string
}

provider "azurerm" {
  subscription_id     = var.subscription
  storage_use_azuread = true

  features {}
}

resource "azurerm_resource_group" "state" {
  name     = "certifiable-terraform"
  location = "westeurope"
}

resource "azurerm_storage_account" "state" {
  #checkov:skip=CKV_AZURE_33:there are no queues in it
  #checkov:skip=CKV_AZURE_59:those who apply come from outside; with identities, never with keys
  #checkov:skip=CKV_AZURE_206:three zones are enough: the state can be imported again
  #checkov:skip=CKV2_AZURE_33:those who apply come from outside
  #checkov:skip=CKV2_AZURE_1:with Microsoft's keys: docs/decisions/0008

  name                     = var.account
  resource_group_name      = azurerm_resource_group.state.name
  location                 = azurerm_resource_group.state.location
  account_kind             = "StorageV2"
  account_tier             = "Standard"
  account_replication_type = "ZRS"

  https_traffic_only_enabled        = true
  shared_access_key_enabled         = false
  default_to_oauth_authentication   = true
  local_user_enabled                = false
  allow_nested_items_to_be_public   = false
  infrastructure_encryption_enabled = true
  min_tls_version                   = "TLS1_2"

  blob_properties {
    versioning_enabled = true

    delete_retention_policy {
      days = 90
    }

    container_delete_retention_policy {
      days = 90
    }
  }

  lifecycle {
    prevent_destroy = true
  }
}

resource "azurerm_storage_container" "state" {
  #checkov:skip=CKV2_AZURE_21:there is no workspace yet when it is made

  name                  = "state"
  storage_account_id    = azurerm_storage_account.state.id
  container_access_type = "private"
}

resource "azurerm_role_assignment" "operators" {
  scope                = azurerm_storage_account.state.id
  role_definition_name = "Storage Blob Data Contributor"
  principal_id         = var.operators_object_id
  principal_type       = "Group"
}
