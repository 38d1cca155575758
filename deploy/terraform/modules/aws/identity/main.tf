# What each pool may ask AWS for, and no more: roles for the service accounts that the chart makes, one a component. A component
# that is not here (certification, grading-auto, grading-human, publication, notification, reporting) has no role and asks for nothing.
#
# IRSA and not EKS Pod Identity: that one's agent has a link-local address, which the chart's network policies keep closed.
locals {
  uploads_objects = "${var.uploads_bucket_arn}/*"

  statements = {
    # Takes uploads in parts and gives files out; reads the register. ListBucket tells what is missing from what is forbidden.
    api = [
      { actions = ["s3:ListBucket", "s3:ListBucketMultipartUploads"], resources = [var.uploads_bucket_arn] },
      { actions = ["s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:AbortMultipartUpload", "s3:ListMultipartUploadParts"], resources = [local.uploads_objects] },
      { actions = ["dynamodb:GetItem"], resources = [var.register_table_arn] },
    ]
    # Writes PDFs of certificates and reports.
    feedback = [
      { actions = ["s3:PutObject"], resources = ["${var.uploads_bucket_arn}/documents/*"] },
    ]
    # Removes uploads that are left over, and what is erased, which it lists; lists what no record knows.
    delivery = [
      { actions = ["s3:PutObject"], resources = ["${var.uploads_bucket_arn}/erasures/*"] },
      { actions = ["s3:ListBucket", "s3:ListBucketMultipartUploads"], resources = [var.uploads_bucket_arn] },
      { actions = ["s3:DeleteObject", "s3:AbortMultipartUpload"], resources = [local.uploads_objects] },
    ]
    # Feeds the register, and tells other systems; compares register and records (certifiable register check).
    events = [
      { actions = ["dynamodb:PutItem", "dynamodb:GetItem", "dynamodb:Scan", "dynamodb:DescribeTable"], resources = [var.register_table_arn] },
      { actions = ["sqs:SendMessage"], resources = [var.queue_arns.events] },
    ]
    # Takes commands, answers them, and sets aside what is none.
    intake = [
      { actions = ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:ChangeMessageVisibility"], resources = [var.queue_arns.commands] },
      { actions = ["sqs:SendMessage"], resources = [var.queue_arns.replies, var.queue_arns.commands_dead] },
    ]
  }
}

data "aws_region" "current" {}

data "aws_iam_policy_document" "trust" {
  for_each = local.statements

  statement {
    actions = ["sts:AssumeRoleWithWebIdentity"]

    principals {
      type        = "Federated"
      identifiers = [var.oidc_provider_arn]
    }

    condition {
      test     = "StringEquals"
      variable = "${var.oidc_issuer}:sub"
      values   = ["system:serviceaccount:${var.namespace}:${each.key}"]
    }

    condition {
      test     = "StringEquals"
      variable = "${var.oidc_issuer}:aud"
      values   = ["sts.amazonaws.com"]
    }
  }
}

data "aws_iam_policy_document" "component" {
  for_each = local.statements

  dynamic "statement" {
    for_each = each.value

    content {
      actions   = statement.value.actions
      resources = statement.value.resources
    }
  }

  # By way of these services alone: nobody may decrypt a copy that came elsewhere.
  statement {
    actions   = ["kms:Decrypt", "kms:GenerateDataKey"]
    resources = [var.key_arn]

    condition {
      test     = "StringEquals"
      variable = "kms:ViaService"
      values   = [for service in ["s3", "sqs", "dynamodb"] : "${service}.${data.aws_region.current.region}.amazonaws.com"]
    }
  }
}

resource "aws_iam_role" "component" {
  for_each = local.statements

  name                 = "${var.name}-${each.key}"
  description          = "The component ${each.key} of ${var.name}"
  assume_role_policy   = data.aws_iam_policy_document.trust[each.key].json
  max_session_duration = 3600
}

resource "aws_iam_role_policy" "component" {
  for_each = local.statements

  name   = "needs"
  role   = aws_iam_role.component[each.key].id
  policy = data.aws_iam_policy_document.component[each.key].json
}
