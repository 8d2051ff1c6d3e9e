"""The nouns of Tenuto: frozen values, contracts (`ports`) and errors. Imports nothing of ours.

Read in this order: `ids`, `source`, `rights`, `catalogue`, `plan`, `audio`, `objects`, `edition`,
`work`, `errors`, `ports`.
"""
