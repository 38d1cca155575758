{{/*
The pod of every component: .root, .component, .buildId, .digest, .command, and
  .settings  { cpu, memoryMi, … }
  .env       further variables, by name
  .envFrom   whether it reads the settings that all share
  .secrets   names of the secrets it gets
  .port      serves /livez, /readyz and /metrics; none: a job
  .graceSeconds  until it is killed
*/}}
{{- define "certifiable.podTemplate" -}}
{{- $identity := get .root.Values.serviceAccountAnnotations .component | default dict -}}
metadata:
  labels:
    {{- include "certifiable.labels" . | nindent 4 }}
    {{- if hasKey $identity "azure.workload.identity/client-id" }}
    azure.workload.identity/use: 'true'
    {{- end }}
  {{- if .envFrom }}
  annotations:
    certifiable.com/settings: {{ include "certifiable.settings" .root | sha256sum | trunc 16 | quote }}
  {{- end }}
spec:
  serviceAccountName: {{ .component }}
  # Nobody here talks to Kubernetes. Roles of the cloud come by a projected token of their own.
  automountServiceAccountToken: false
  # A Service named "api" would set API_PORT to an address.
  enableServiceLinks: false
  {{- with .root.Values.image.pullSecrets }}
  imagePullSecrets:
    {{- range . }}
    - name: {{ . }}
    {{- end }}
  {{- end }}
  {{- with .root.Values.priorityClassName }}
  priorityClassName: {{ . }}
  {{- end }}
  terminationGracePeriodSeconds: {{ .graceSeconds }}
  securityContext:
    runAsNonRoot: true
    runAsUser: 1000
    runAsGroup: 1000
    fsGroup: 1000
    fsGroupChangePolicy: OnRootMismatch
    seccompProfile: { type: RuntimeDefault }
  {{- if .port }}
  topologySpreadConstraints:
    {{- range list "topology.kubernetes.io/zone" "kubernetes.io/hostname" }}
    - topologyKey: {{ . }}
      maxSkew: 1
      whenUnsatisfiable: ScheduleAnyway
      labelSelector:
        matchLabels:
          {{- include "certifiable.selector" $ | nindent 10 }}
      matchLabelKeys: [pod-template-hash]
    {{- end }}
  {{- else }}
  restartPolicy: Never
  {{- end }}
  containers:
    - name: {{ .component }}
      image: {{ printf "%s@%s" .root.Values.image.repository .digest }}
      imagePullPolicy: IfNotPresent
      command: {{ toJson .command }}
      {{- if .envFrom }}
      envFrom:
        - configMapRef: { name: settings }
      {{- end }}
      env:
        {{- range $name, $value := .env }}
        - { name: {{ $name }}, value: {{ $value | toString | quote }} }
        {{- end }}
        # Node would size its heap by the node's memory, and be killed before it collects.
        - { name: NODE_OPTIONS, value: --max-old-space-size={{ div (mul .settings.memoryMi 3) 4 }} }
        {{- range .secrets }}
        - { name: {{ .name }}_FILE, value: /run/secrets/certifiable/{{ .name }} }
        {{- end }}
      {{- with .port }}
      ports:
        - { name: http, containerPort: {{ . }} }
      # Waits for what it needs (PostgreSQL, Temporal) without an end: that is readiness, and no reason to be restarted.
      startupProbe:
        httpGet: { path: /livez, port: http }
        periodSeconds: 2
        timeoutSeconds: 2
        failureThreshold: 60
      readinessProbe:
        httpGet: { path: /readyz, port: http }
        periodSeconds: 5
        timeoutSeconds: 3
        failureThreshold: 3
      livenessProbe:
        httpGet: { path: /livez, port: http }
        periodSeconds: 10
        timeoutSeconds: 5
        failureThreshold: 6
      {{- end }}
      {{- with .settings.preStopSeconds }}
      lifecycle:
        preStop:
          sleep: { seconds: {{ . }} }
      {{- end }}
      # No CPU limit: throttling makes heartbeats and health checks late, and the request already shares the node fairly.
      resources:
        requests: { cpu: {{ .settings.cpu }}, memory: {{ .settings.memoryMi }}Mi }
        limits: { memory: {{ .settings.memoryMi }}Mi }
      securityContext:
        allowPrivilegeEscalation: false
        readOnlyRootFilesystem: true
        capabilities: { drop: [ALL] }
      volumeMounts:
        - { name: tmp, mountPath: /tmp }
        {{- if or .secrets .files }}
        - { name: secrets, mountPath: /run/secrets/certifiable, readOnly: true }
        {{- end }}
        {{- if .uploads }}
        - { name: uploads, mountPath: /var/lib/certifiable/uploads }
        {{- end }}
  volumes:
    - name: tmp
      # Uploads on their way to S3 take the API up to 600 MiB there (platform/storage/s3-storage.ts).
      emptyDir: { sizeLimit: {{ ternary "1Gi" "256Mi" (eq .component "api") }} }
    {{- if or .secrets .files }}
    - name: secrets
      projected:
        # 0440, which YAML 1.1 and 1.2 read as two numbers.
        defaultMode: 288
        sources:
          {{- range concat (.secrets | default list) (.files | default list) }}
          - secret:
              name: {{ .secret }}
              items: [{ key: {{ .key }}, path: {{ .name }} }]
          {{- end }}
    {{- end }}
    {{- if .uploads }}
    - name: uploads
      persistentVolumeClaim: { claimName: {{ .root.Values.storage.file.claim | default "uploads" }} }
    {{- end }}
{{- end }}

{{/* Those of the secrets named that are set, as a list of { name, secret, key }. The component's own login stands for DATABASE_URL. */}}
{{- define "certifiable.secretsNamed" -}}
{{- $secrets := list -}}
{{- $own := dict -}}
{{- with get .root.Values.databaseLogins .component }}{{ $own = dict "DATABASE_URL" . }}{{ end -}}
{{- range $name := .names -}}
  {{- with get $own $name | default (get $.root.Values.secrets $name) }}{{ $secrets = append $secrets (merge (dict "name" $name) .) }}{{ end -}}
{{- end -}}
{{- toJson $secrets -}}
{{- end }}

{{/*
Who gets which secret. A pool that is not named here has the database, Temporal and the receipt keys (every process that commits a
submission signs its receipt); nothing else is anywhere it is not used.
*/}}
{{- define "certifiable.secretNames" -}}
{{- $temporal := list "TEMPORAL_API_KEY" "TEMPORAL_TLS_CERT" "TEMPORAL_TLS_KEY" "TEMPORAL_TLS_CA" -}}
{{- $names := dict
  "migrate" (list "DATABASE_URL")
  "promote" $temporal
  "api" (list "DATABASE_URL" "RECEIPT_KEYS" "ISSUER_KEYS" "SECRET_KEYS" "REGISTER_COSMOS_KEY" "AZURE_BLOB_KEY")
  "grading-auto" (list "DATABASE_URL" "RECEIPT_KEYS" "SECRET_KEYS")
  "publication" (list "DATABASE_URL" "RECEIPT_KEYS" "CREDENTIAL_KEYS" "ISSUER_KEYS")
  "notification" (list "DATABASE_URL" "RECEIPT_KEYS" "SMTP_URL")
  "feedback" (list "DATABASE_URL" "RECEIPT_KEYS" "AZURE_BLOB_KEY")
  "reporting" (list "DATABASE_URL" "DATABASE_REPLICA_URL" "RECEIPT_KEYS")
  "delivery" (list "DATABASE_URL" "RECEIPT_KEYS" "AZURE_BLOB_KEY")
  "events" (list "DATABASE_URL" "RECEIPT_KEYS" "SECRET_KEYS" "REGISTER_COSMOS_KEY")
-}}
{{- $payloads := list "api" "certification" "grading-auto" "grading-human" "feedback" "publication" "notification" "reporting" "delivery" "intake" -}}
{{- $own := get $names .component | default (list "DATABASE_URL" "RECEIPT_KEYS") -}}
{{- if not (has .component (list "migrate" "promote")) }}{{ $own = concat $own $temporal }}{{ end -}}
{{- if has .component $payloads }}{{ $own = append $own "TEMPORAL_CODEC_KEYS" }}{{ end -}}
{{- if has "DATABASE_URL" $own }}{{ $own = append $own "DATABASE_CA" }}{{ end -}}
{{- toJson $own -}}
{{- end }}
