# Add-ons, by EKS Pod Identity: their charts need not know a role's name.
data "aws_iam_policy_document" "platform_trust" {
  statement {
    actions = ["sts:AssumeRole", "sts:TagSession"]

    principals {
      type        = "Service"
      identifiers = ["pods.eks.amazonaws.com"]
    }

    condition {
      test     = "StringEquals"
      variable = "aws:RequestTag/eks-cluster-name"
      values   = [var.cluster_name]
    }
  }
}

locals {
  platform = {
    external-secrets             = { namespace = "external-secrets", service_account = "external-secrets" }
    aws-load-balancer-controller = { namespace = "kube-system", service_account = "aws-load-balancer-controller" }
    cluster-autoscaler           = { namespace = "kube-system", service_account = "cluster-autoscaler" }
  }
}

resource "aws_iam_role" "platform" {
  for_each = local.platform

  name               = "${var.name}-${each.key}"
  assume_role_policy = data.aws_iam_policy_document.platform_trust.json
}

resource "aws_eks_pod_identity_association" "platform" {
  for_each = local.platform

  cluster_name    = var.cluster_name
  namespace       = each.value.namespace
  service_account = each.value.service_account
  role_arn        = aws_iam_role.platform[each.key].arn
}

# The secrets of this environment, and no others of the account.
data "aws_iam_policy_document" "external_secrets" {
  statement {
    actions   = ["secretsmanager:GetSecretValue", "secretsmanager:DescribeSecret"]
    resources = var.secret_arns
  }

  statement {
    actions   = ["kms:Decrypt"]
    resources = [var.key_arn]

    condition {
      test     = "StringEquals"
      variable = "kms:ViaService"
      values   = ["secretsmanager.${data.aws_region.current.region}.amazonaws.com"]
    }
  }
}

resource "aws_iam_role_policy" "external_secrets" {
  name   = "read"
  role   = aws_iam_role.platform["external-secrets"].id
  policy = data.aws_iam_policy_document.external_secrets.json
}

data "aws_iam_policy_document" "cluster_autoscaler" {
  #checkov:skip=CKV_AWS_356:Describe actions cannot be bound to a resource; the two that change something are bound by a tag

  # None of these can be bound to a resource.
  statement {
    actions = [
      "autoscaling:DescribeAutoScalingGroups",
      "autoscaling:DescribeAutoScalingInstances",
      "autoscaling:DescribeLaunchConfigurations",
      "autoscaling:DescribeScalingActivities",
      "autoscaling:DescribeTags",
      "ec2:DescribeImages",
      "ec2:DescribeInstanceTypes",
      "ec2:DescribeLaunchTemplateVersions",
      "ec2:GetInstanceTypesFromInstanceRequirements",
      "eks:DescribeNodegroup",
    ]
    resources = ["*"]
  }

  # EKS tags the groups of its node groups so.
  statement {
    actions   = ["autoscaling:SetDesiredCapacity", "autoscaling:TerminateInstanceInAutoScalingGroup"]
    resources = ["*"]

    condition {
      test     = "StringEquals"
      variable = "aws:ResourceTag/k8s.io/cluster-autoscaler/${var.cluster_name}"
      values   = ["owned"]
    }
  }
}

resource "aws_iam_role_policy" "cluster_autoscaler" {
  name   = "scale"
  role   = aws_iam_role.platform["cluster-autoscaler"].id
  policy = data.aws_iam_policy_document.cluster_autoscaler.json
}

# The controller's own policy comes with its release and changes with it: docs/install/iam_policy.json of its repository.
resource "aws_iam_role_policy_attachment" "load_balancer_controller" {
  role       = aws_iam_role.platform["aws-load-balancer-controller"].name
  policy_arn = var.load_balancer_controller_policy_arn
}
