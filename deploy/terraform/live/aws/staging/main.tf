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
    bucket       = "certifiable-terraform-111111111111"
    key          = "staging.tfstate"
    region       = "eu-central-1"
    encrypt      = true
    use_lockfile = true
  }
}

provider "aws" {
  region = "eu-central-1"
  # Never another account by the wrong profile.
  allowed_account_ids = ["111111111111"]

  default_tags {
    tags = {
      product     = "certifiable"
      environment = "aws-staging"
      managed-by  = "terraform"
    }
  }
}

module "environment" {
  source = "../../../modules/aws/environment"

  environment = "aws-staging"
  host        = "exams.staging.certifiable.example"
  cidr        = "10.40.0.0/16"
  zones       = ["eu-central-1a", "eu-central-1b", "eu-central-1c"]

  admin_role_arns                     = ["arn:aws:iam::111111111111:role/certifiable-operators", "arn:aws:iam::111111111111:role/certifiable-argocd"]
  load_balancer_controller_policy_arn = "arn:aws:iam::111111111111:policy/aws-load-balancer-controller-3.5.0"

  single_nat_gateway = true
  nodes              = { min = 3, max = 6 }
  database           = { instance_class = "db.m7g.large", storage_gib = 50, max_connections = 500, backup_days = 7 }
  kafka              = { instance_type = "kafka.m7g.large", storage_gib = 20 }
}

output "environment" {
  value = module.environment
}
