terraform {
  required_version = ">= 1.11"

  required_providers {
    azurerm = {
      source  = "hashicorp/azurerm"
      version = "~> 4.73"
    }
  }

  # Made by ../state; locked by a lease on the blob, and reached with one's own identity, not by a key.
  backend "azurerm" {
    resource_group_name  = "certifiable-terraform"
    storage_account_name = "certifiabletfstaging"
    container_name       = "state"
    key                  = "staging.tfstate"
    use_azuread_auth     = true
  }
}

provider "azurerm" {
  # Never another subscription by the wrong login.
  subscription_id     = "00000000-0000-0000-0000-00000000000a"
  storage_use_azuread = true

  features {
    resource_group {
      prevent_deletion_if_contains_resources = true
    }

    # Accounts that only the network of their own reaches: what goes over it cannot be asked from here.
    storage {
      data_plane_available = false
    }

    key_vault {
      purge_soft_delete_on_destroy = false
    }
  }
}

variable "administrator_password" {
  description = "TF_VAR_administrator_password: see the module database."
  type        = string
  ephemeral   = true
  sensitive   = true
}

module "environment" {
  source = "../../../modules/azure/environment"

  environment = "azure-staging"
  location    = "westeurope"
  host        = "exams.azure-staging.certifiable.example"
  cidr        = "10.60.0.0/16"

  admin_group            = { name = "certifiable-operators", object_id = "00000000-0000-0000-0000-000000000000" }
  administrator_password = var.administrator_password

  nodes    = { min = 3, max = 6 }
  database = { sku_name = "GP_Standard_D2ds_v5", storage_mb = 65536, max_connections = 500, backup_days = 7, geo_redundant_backup = false }
  register = { read_locations = [], zone_redundant = false, max_throughput = 1000 }
  storage  = { uploads_account = "certstaginguploads", uploads_replication = "ZRS", backups_account = "certstagingbackups", backups_replication = "ZRS" }
  vault    = "cert-azure-staging"
}

output "environment" {
  value = module.environment
}
