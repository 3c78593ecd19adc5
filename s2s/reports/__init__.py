# SPDX-License-Identifier: Apache-2.0
"""Reports of a verification as text: JSON, JUnit XML, SARIF and HTML. Data in, text out."""
