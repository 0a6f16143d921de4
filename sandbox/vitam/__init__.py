"""A stand-in for Vitam V7: same external API, same judgement of a SIP, own store on disk."""
