terraform {
  required_version = ">= 1.11"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 6.66"
    }
  }

  # Made by ../state. The lock is an object beside the state.
  backend "s3" {
    bucket       = "certifiable-terraform-222222222222"
    key          = "production.tfstate"
    region       = "eu-central-1"
    encrypt      = true
    use_lockfile = true
  }
}

provider "aws" {
  region = "eu-central-1"
  # Never another account by the wrong profile.
  allowed_account_ids = ["222222222222"]

  default_tags {
    tags = {
      product     = "certifiable"
      environment = "aws-production"
      managed-by  = "terraform"
    }
  }
}

module "environment" {
  source = "../../../modules/aws/environment"

  environment = "aws-production"
  host        = "exams.certifiable.example"
  cidr        = "10.50.0.0/16"
  zones       = ["eu-central-1a", "eu-central-1b", "eu-central-1c"]

  admin_role_arns                     = ["arn:aws:iam::222222222222:role/certifiable-operators", "arn:aws:iam::222222222222:role/certifiable-argocd"]
  load_balancer_controller_policy_arn = "arn:aws:iam::222222222222:policy/aws-load-balancer-controller-3.5.0"

  nodes    = { min = 3, max = 20 }
  database = { instance_class = "db.r7g.2xlarge", storage_gib = 500, max_connections = 2000, backup_days = 35 }
  kafka    = { instance_type = "kafka.m7g.large", storage_gib = 200 }
}

output "environment" {
  value = module.environment
}
