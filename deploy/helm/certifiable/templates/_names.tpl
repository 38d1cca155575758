{{/* Labels. A component is "api", a pool, or a job; the build is what Prometheus, people and policies tell pods apart by. */}}

{{- define "certifiable.selector" -}}
app.kubernetes.io/part-of: certifiable
app.kubernetes.io/component: {{ .component }}
{{- end }}

{{- define "certifiable.labels" -}}
{{ include "certifiable.selector" . }}
app.kubernetes.io/name: certifiable
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
{{- with .buildId }}
app.kubernetes.io/version: {{ . | quote }}
{{- end }}
{{- end }}

{{/* Of the chart as a whole. */}}
{{- define "certifiable.commonLabels" -}}
app.kubernetes.io/part-of: certifiable
app.kubernetes.io/name: certifiable
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- end }}

{{/* Argo CD applies in this order: everything (0), workers and their promotion (1), the API (2). Helm ignores it. */}}
{{- define "certifiable.wave" -}}
argocd.argoproj.io/sync-wave: {{ . | quote }}
{{- end }}

{{- define "certifiable.host" -}}
{{ (urlParse .Values.publicUrl).hostname }}
{{- end }}
