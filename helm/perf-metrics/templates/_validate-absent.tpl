{{/* Values of a part that this installation does not have. */}}
{{- define "perf-metrics.validate.absent" -}}
{{- $standalone := include "perf-metrics.standalone" . }}
{{- if and .Values.demo.faults (not .Values.demo.enabled) }}
demo.faults is set, but there is no demo: set demo.enabled to true
{{- end }}
{{- if and .Values.loadtest.enabled (not .Values.demo.enabled) (not .Values.loadtest.target) }}
loadtest.enabled is true, but there is nothing to aim k6 at: set loadtest.target to the URL of a service that takes candles, or demo.enabled to true
{{- end }}
{{- range $name := list "monitorLabels" "ruleLabels" }}
{{- if and $standalone (get $.Values.operator $name) }}
operator.{{ $name }} is set, but no Operator is used: set mode to operator, or leave it empty
{{- end }}
{{- end }}
{{- range $name := list "externalLabels" "remoteWrite" "secrets" }}
{{- if and (not $standalone) (get $.Values.prometheus $name) }}
prometheus.{{ $name }} is set, but the Prometheus is the Operator's: set it there and leave it empty here, or set mode to standalone
{{- end }}
{{- end }}
{{- with .Values.grafana }}
{{- if and .admin.existingSecret (not (and $standalone .enabled)) }}
grafana.admin.existingSecret is set, but this installation has no Grafana: leave it empty, or set mode to standalone and grafana.enabled to true
{{- end }}
{{- end }}
{{- range $kind, $receiver := .Values.alertmanager.receivers }}
{{- if and $receiver.existingSecret (not $receiver.enabled) }}
alertmanager.receivers.{{ $kind }}.existingSecret is set, but that receiver is switched off and told nothing: set alertmanager.receivers.{{ $kind }}.enabled to true, or leave existingSecret empty
{{- end }}
{{- end }}
{{- end }}
