# The application signs in by SASL/SCRAM: it speaks PLAIN and SCRAM, and not MSK's own IAM (platform/brokers/settings.ts). The
# password is made, handed over and forgotten within one run of Terraform: neither the plan nor the state holds it.
resource "aws_security_group" "this" {
  name        = "${var.name}-kafka"
  description = "Kafka with SASL/SCRAM over TLS, from the cluster's nodes and pods alone"
  vpc_id      = var.vpc_id
}

resource "aws_vpc_security_group_ingress_rule" "cluster" {
  security_group_id            = aws_security_group.this.id
  description                  = "SASL/SCRAM from the cluster"
  referenced_security_group_id = var.client_security_group_id
  ip_protocol                  = "tcp"
  from_port                    = 9096
  to_port                      = 9096
}

resource "aws_vpc_security_group_ingress_rule" "brokers" {
  security_group_id            = aws_security_group.this.id
  description                  = "The brokers among themselves"
  referenced_security_group_id = aws_security_group.this.id
  ip_protocol                  = "-1"
}

resource "aws_vpc_security_group_egress_rule" "brokers" {
  security_group_id            = aws_security_group.this.id
  description                  = "The brokers among themselves"
  referenced_security_group_id = aws_security_group.this.id
  ip_protocol                  = "-1"
}

resource "aws_msk_configuration" "this" {
  name           = var.name
  kafka_versions = [var.kafka_version]

  # What is acknowledged is on two brokers in two zones. Topics are made on purpose: a mistyped one is an error.
  server_properties = <<-EOT
    auto.create.topics.enable=false
    default.replication.factor=3
    min.insync.replicas=2
    unclean.leader.election.enable=false
    log.retention.hours=336
    allow.everyone.if.no.acl.found=false
  EOT

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_cloudwatch_log_group" "this" {
  name              = "/certifiable/${var.name}/kafka"
  retention_in_days = 365
  kms_key_id        = var.key_arn
}

resource "aws_msk_cluster" "this" {
  cluster_name           = var.name
  kafka_version          = var.kafka_version
  number_of_broker_nodes = length(var.subnet_ids)
  enhanced_monitoring    = "PER_TOPIC_PER_BROKER"

  broker_node_group_info {
    instance_type   = var.instance_type
    client_subnets  = var.subnet_ids
    security_groups = [aws_security_group.this.id]

    storage_info {
      ebs_storage_info {
        volume_size = var.storage_gib
      }
    }
  }

  client_authentication {
    unauthenticated = false

    sasl {
      scram = true
      # For the one who administers topics and access lists.
      iam = true
    }
  }

  encryption_info {
    encryption_at_rest_kms_key_arn = var.key_arn

    encryption_in_transit {
      client_broker = "TLS"
      in_cluster    = true
    }
  }

  configuration_info {
    arn      = aws_msk_configuration.this.arn
    revision = aws_msk_configuration.this.latest_revision
  }

  open_monitoring {
    prometheus {
      jmx_exporter {
        enabled_in_broker = true
      }

      node_exporter {
        enabled_in_broker = true
      }
    }
  }

  logging_info {
    broker_logs {
      cloudwatch_logs {
        enabled   = true
        log_group = aws_cloudwatch_log_group.this.name
      }
    }
  }

  lifecycle {
    prevent_destroy = true
  }
}

# The application's user ------------------------------------------------------------------------------------------------

ephemeral "aws_secretsmanager_random_password" "user" {
  password_length     = 48
  exclude_punctuation = true
}

# The prefix is MSK's: it reads no other secret.
resource "aws_secretsmanager_secret" "user" {
  #checkov:skip=CKV2_AWS_57:password_version changes it

  name                    = "AmazonMSK_${var.name}"
  description             = "User name and password of the application at MSK"
  kms_key_id              = var.key_arn
  recovery_window_in_days = 30
}

resource "aws_secretsmanager_secret_version" "user" {
  secret_id = aws_secretsmanager_secret.user.id

  secret_string_wo = jsonencode({
    username = "certifiable"
    password = ephemeral.aws_secretsmanager_random_password.user.random_password
  })

  # A higher number makes a new password.
  secret_string_wo_version = var.password_version
}

data "aws_iam_policy_document" "user" {
  statement {
    sid       = "Msk"
    actions   = ["secretsmanager:GetSecretValue"]
    resources = [aws_secretsmanager_secret.user.arn]

    principals {
      type        = "Service"
      identifiers = ["kafka.amazonaws.com"]
    }
  }
}

resource "aws_secretsmanager_secret_policy" "user" {
  secret_arn = aws_secretsmanager_secret.user.arn
  policy     = data.aws_iam_policy_document.user.json
}

resource "aws_msk_single_scram_secret_association" "user" {
  cluster_arn = aws_msk_cluster.this.arn
  secret_arn  = aws_secretsmanager_secret.user.arn

  depends_on = [aws_secretsmanager_secret_version.user, aws_secretsmanager_secret_policy.user]
}
