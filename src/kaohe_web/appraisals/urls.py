"""Addresses of appraisals."""

from django.urls import path

from kaohe_web.appraisals import own_views, views

urlpatterns = [
    path("", views.cycles, name="appraisals"),
    path("new/", views.new, name="appraisals_new"),
    path("<int:number>/", views.cycle, name="appraisals_cycle"),
    path("<int:number>/edit/", views.edit, name="appraisals_edit"),
    path("<int:number>/step/<slug:verb>/", views.step, name="appraisals_step"),
    path("<int:number>/marks/", views.marks, name="appraisals_marks"),
    path("<int:number>/result/<int:which>/", views.result, name="appraisals_result"),
    path("<int:number>/statement/<int:which>/", views.statement, name="appraisals_statement"),
    path("<int:number>/appeals/", views.appeals, name="appraisals_appeals"),
    path("appeal/<int:number>/", views.appeal, name="appraisals_appeal"),
    path("mine/", own_views.mine, name="appraisals_mine"),
    path("mine/<int:number>/", own_views.one, name="appraisals_own"),
    path("mine/<int:number>/evidence/<slug:metric>/", own_views.evidence, name="appraisals_evidence"),
    path("mine/<int:number>/read/", own_views.read, name="appraisals_read"),
    path("mine/<int:number>/appeal/", own_views.appeal, name="appraisals_file"),
    path("mine/appeal/<int:number>/withdraw/", own_views.withdraw, name="appraisals_withdraw"),
]
